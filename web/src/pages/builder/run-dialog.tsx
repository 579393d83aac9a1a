import { runWorkflow } from 'penstock-client';
import { useState } from 'react';
import { isObject, type JsonObject, placesOf } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';
import { InputEditor } from './input-editor.tsx';
import { UnreadTexts } from './unread-texts.tsx';

/** Runs the whole draft once, without publishing it, after it has said what that does outside. */
export function RunDialog({ onStarted }: { onStarted(run: string): void }) {
  const { document, workflow, saver, close } = useBuilder();
  const { actions } = useCatalog();
  const [input, setInput] = useState<unknown>();
  const run = useAct(
    async (given: unknown, headers) => {
      const state = await saver.store();
      if (state.kind !== 'saved') throw new Error('The draft is not saved yet, and an older one would run.');
      const body = { draft: true, ...(isObject(given) ? { input: given as { [name: string]: unknown } } : {}) };
      return ask(runWorkflow({ path: { id: workflow.id }, body, headers }));
    },
    (started) => 'id' in started && onStarted(started.id),
  );
  const effects = stepsWithEffects(document, (id) => actions?.get(id));
  return (
    <Dialog
      title="Run the draft once"
      onClose={close}
      isWide
      actions={
        <>
          <Button onPress={close}>Close</Button>
          <Button
            kind="primary"
            isDisabled={actions === undefined || (input !== undefined && !isObject(input))}
            isPending={run.isPending}
            onPress={() => run.mutate(input)}
          >
            Run once
          </Button>
        </>
      }
    >
      <p>The draft runs as it is now. It is not published, and no cursor moves.</p>
      <UnreadTexts />
      <Notice state={effects.length === 0 ? 'queued' : 'waiting'}>
        <strong>What happens outside. </strong>
        {actions === undefined
          ? 'The actions are being loaded.'
          : effects.length === 0
            ? 'No step changes anything outside.'
            : 'These steps really do what they do:'}
        <ul className="check-list">
          {effects.map(({ key, text }) => (
            <li key={key}>
              <code>{key}</code> {text}
            </li>
          ))}
        </ul>
      </Notice>
      <p className="soft small">What steps read as trigger. Left empty, it is the sample of the trigger.</p>
      <FormScope className="stack" error={run.error}>
        <InputEditor
          label="Trigger data as JSON"
          value={input}
          onChange={setInput}
          isReadOnly={false}
          pointer="/input"
        />
        <OtherErrors />
      </FormScope>
    </Dialog>
  );
}

type Known = { title: string; effect: string; destructive: boolean } | undefined;

function stepsWithEffects(document: JsonObject, actionOf: (id: string) => Known): { key: string; text: string }[] {
  return placesOf(document).flatMap(({ key, step }) => {
    const action = actionOf(String(step.action));
    if (action?.effect === 'safe') return [];
    const each = step.for_each === undefined ? '' : ', once for each item';
    if (action === undefined) return [{ key, text: `is not among the connectors${each}` }];
    return [{ key, text: `${action.title}${action.destructive ? ', which can delete or overwrite' : ''}${each}` }];
  });
}
