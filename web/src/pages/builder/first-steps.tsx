import { isObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';

/** What a workflow without steps teaches: how one is made, with a button for each act. */
export function FirstSteps() {
  const { document, open, spot, canEdit } = useBuilder();
  const { triggers } = useCatalog();
  const trigger = isObject(document.trigger) ? String(document.trigger.id ?? '') : '';
  return (
    <div className="first-steps">
      <h2>A workflow in four acts</h2>
      <ol>
        <li>
          <p>
            <strong>What starts it.</strong> Now: {(triggers?.get(trigger)?.title ?? trigger) || 'nothing'}. It can be a
            schedule, new rows of a table, or a request to a URL.
          </p>
          {canEdit && <Button onPress={() => open('trigger')}>Choose trigger</Button>}
        </li>
        <li>
          <p>
            <strong>What it does.</strong> Each step is an action of a connector. It reads what came before by
            expressions, such as <code>{'{{ trigger.rows }}'}</code>.
          </p>
          {canEdit && (
            <Button icon="plus" onPress={() => open('add', spot())}>
              Add the first step
            </Button>
          )}
        </li>
        <li>
          <p>
            <strong>Whether it works.</strong> The tab “Test” of a step runs it alone and says before what that does
            outside. Pin the output, and later steps show results while you type.
          </p>
        </li>
        <li>
          <p>
            <strong>Publish.</strong> Until then it is a draft: nothing starts by itself. Everything is saved as you
            type.
          </p>
        </li>
      </ol>
      {canEdit && (
        <p className="soft small">
          Or begin with what is there:{' '}
          <Button kind="quiet" onPress={() => open('import')}>
            Import a file
          </Button>{' '}
          <Button kind="quiet" onPress={() => open('paste')}>
            Paste steps
          </Button>
        </p>
      )}
    </div>
  );
}
