import { useEffect, useState } from 'react';
import { isObject, type JsonObject, ON_FAILURE, type Place } from '../../builder/document.ts';
import { branchList, endOf, renameStep, setAfterError } from '../../builder/edit.ts';
import { idProblem, idsOf } from '../../builder/ids.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { withValueAt } from '../../data/pointer.ts';
import { useBuilder } from './builder-context.ts';
import { Choice } from './choice.tsx';
import { ExpressionField } from './expression-field.tsx';
import { NeedsChoice } from './needs-choice.tsx';
import { NumberField } from './number-field.tsx';
import { OtherProperties } from './other-properties.tsx';

const MAX_TIMEOUT_SECONDS = 31_536_000;
const DAY_SECONDS = 86_400;
const KNOWN =
  'id action linked_account authentication input options needs if for_each retry timeout_seconds on_error'.split(' ');

/** When a step runs, how often, for how long, and what happens when it fails. */
export function SettingsTab({ place }: { place: Place }) {
  const { document, edit, canEdit, open } = useBuilder();
  const { step, pointer, key } = place;
  const set = (name: string, value: unknown) =>
    edit((before) => withValueAt(before, `${pointer}/${name}`, value), `${pointer}/${name}`);
  const forEach = isObject(step.for_each) ? step.for_each : undefined;
  const retry = isObject(step.retry) ? step.retry : undefined;
  const setIn = (name: string, whole: JsonObject | undefined, part: string, value: unknown) => {
    const { [part]: _, ...rest } = whole ?? {};
    set(name, value === undefined ? rest : { ...whole, [part]: value });
  };
  const branch = isObject(step.on_error) ? step.on_error : undefined;
  const then = branch === undefined ? String(step.on_error ?? 'stop') : String(branch.then ?? 'stop');
  const list = branchList(document, key);
  const isDisabled = !canEdit;
  return (
    <div className="stack" data-root={pointer}>
      <IdField key={key} place={place} />
      <div data-place="/needs">
        <NeedsChoice place={place} />
      </div>
      <div data-place="/if">
        <ExpressionField
          label="Condition"
          value={step.if}
          onChange={(value) => set('if', value)}
          hint="An expression that is true or false. If it is false, the step is skipped."
          isDisabled={isDisabled}
        />
      </div>
      <fieldset className="group" data-place="/for_each">
        <legend>Loop</legend>
        <ExpressionField
          label="Items"
          value={forEach?.items}
          onChange={(items) =>
            items === undefined ? set('for_each', undefined) : setIn('for_each', forEach, 'items', items)
          }
          hint="A list. The step runs once for each item; its input reads item and index."
          isDisabled={isDisabled}
        />
        {forEach !== undefined && (
          <>
            <NumberField
              label="Items at once"
              value={forEach.concurrency}
              onChange={(value) => setIn('for_each', forEach, 'concurrency', value)}
              min={1}
              max={100}
              isWhole
              hint="Default: 1"
              isDisabled={isDisabled}
            />
            <Choice
              label="When an item fails"
              value={String(forEach.on_error ?? 'stop')}
              onChange={(value) => setIn('for_each', forEach, 'on_error', value === 'stop' ? undefined : value)}
              options={[
                { value: 'stop', text: 'Start no more items, and fail' },
                { value: 'continue', text: 'Process all items' },
              ]}
              isDisabled={isDisabled}
            />
          </>
        )}
      </fieldset>
      <fieldset className="group" data-place="/retry">
        <legend>Retry</legend>
        <NumberField
          label="Max retries"
          value={retry?.times}
          onChange={(value) => (value === undefined ? set('retry', undefined) : setIn('retry', retry, 'times', value))}
          min={1}
          max={20}
          isWhole
          hint="After a failure that had no effect outside. Empty: none."
          isDisabled={isDisabled}
        />
        {retry !== undefined && (
          <>
            <NumberField
              label="Initial delay (seconds)"
              value={retry.delay_seconds}
              onChange={(value) => setIn('retry', retry, 'delay_seconds', value)}
              min={0}
              max={DAY_SECONDS}
              hint="Doubles with each retry. Default: 10"
              isDisabled={isDisabled}
            />
            <NumberField
              label="Max delay (seconds)"
              value={retry.max_delay_seconds}
              onChange={(value) => setIn('retry', retry, 'max_delay_seconds', value)}
              min={0}
              max={DAY_SECONDS}
              hint="Default: 600"
              isDisabled={isDisabled}
            />
          </>
        )}
      </fieldset>
      <div data-place="/timeout_seconds">
        <NumberField
          label="Time limit (seconds)"
          value={step.timeout_seconds}
          onChange={(value) => set('timeout_seconds', value)}
          min={0.001}
          max={MAX_TIMEOUT_SECONDS}
          hint="From the start of the step, retries included. Empty: none."
          isDisabled={isDisabled}
        />
      </div>
      <fieldset className="group" data-place="/on_error">
        <legend>On error</legend>
        <Choice
          label="When the step fails"
          value={then}
          onChange={(value) => edit((before) => setAfterError(before, key, value === 'continue' ? 'continue' : 'stop'))}
          options={[
            { value: 'stop', text: 'The workflow fails' },
            { value: 'continue', text: 'The workflow continues' },
          ]}
          isDisabled={isDisabled}
        />
        {list !== undefined && canEdit && (
          <Button icon="plus" onPress={() => open('add', endOf(document, list))}>
            Add step that runs if this fails
          </Button>
        )}
        {place.branchOf !== undefined && (
          <p className="soft small">
            This step runs if {place.branchOf === ON_FAILURE ? 'the run' : place.branchOf} fails; it has no branch of
            its own.
          </p>
        )}
      </fieldset>
      <OtherProperties value={step} pointer={pointer} known={KNOWN} />
    </div>
  );
}

/** The id of the step, by which expressions read it. It is changed when the field is left, and everything follows. */
function IdField({ place }: { place: Place }) {
  const { document, edit, canEdit, select, announce } = useBuilder();
  const [text, setText] = useState(place.id);
  useEffect(() => setText(place.id), [place.id]);
  const taken = idsOf(document);
  if (place.key === place.id) taken.delete(place.id);
  const problem = text === place.id ? undefined : idProblem(text, taken);
  const rename = () => {
    if (text === place.id || problem !== undefined) return;
    const { document: renamed, left } = renameStep(document, place.key, text);
    edit(() => renamed);
    select(text);
    announce(
      left === 0
        ? `Renamed ${place.id} to ${text}; expressions follow.`
        : `Renamed ${place.id} to ${text}. ${left} ${left === 1 ? 'expression mentions' : 'expressions mention'} ${place.id} in another way: look at ${left === 1 ? 'it' : 'them'}.`,
    );
  };
  return (
    <form
      className="row row-end"
      data-place="/id"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && rename()}
      onSubmit={(event) => {
        event.preventDefault();
        rename();
      }}
    >
      <div className="grow">
        <Field
          label="Step id"
          value={text}
          onChange={setText}
          isDisabled={!canEdit}
          spellCheck="false"
          hint="Expressions read it as steps.ID. They follow a new id."
          {...(problem === undefined ? {} : { error: problem })}
        />
      </div>
      {text !== place.id && (
        <Button type="submit" isDisabled={problem !== undefined}>
          Rename
        </Button>
      )}
    </form>
  );
}
