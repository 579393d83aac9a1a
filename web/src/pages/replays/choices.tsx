import type { Run } from 'penstock-client';
import { useId } from 'react';
import { Field } from '../../components/field.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { errorUnder } from '../../data/api-error.ts';
import type { EditedInput } from './edited-input.ts';
import type { What } from './request.ts';

interface ReplayChoicesProps {
  run: Run;
  what: What;
  step: string | undefined;
  steps: readonly string[];
  version: 'same' | 'newest';
  /** Undefined for the recorded input. */
  edited: EditedInput | undefined;
  /** Of the preview; that of the replay comes from the `FormScope`. */
  error: unknown;
  onWhat(what: What): void;
  onStep(step: string): void;
  onVersion(version: 'same' | 'newest'): void;
  onEdited(isEdited: boolean): void;
}

/** What to run, with which version, with which input. */
export function ReplayChoices(props: ReplayChoicesProps) {
  const { run, what, step, steps, version, edited } = props;
  const isAction = run.kind === 'action';
  const single = isAction ? { isDisabled: true, hint: 'This run is of a single action.' } : {};
  const whyNot = whyNotEdited(run);
  return (
    <>
      <RadioChoice
        label="What to run"
        value={what}
        onChange={props.onWhat}
        options={[
          { id: 'start', text: 'All steps' },
          { id: 'failed', text: 'Failed steps', hint: 'Outputs of steps that succeeded are reused.', ...single },
          { id: 'step', text: 'From a step', hint: 'That step, and all steps that need it.', ...single },
        ]}
        pointer="/from"
      />
      {what === 'step' && !isAction && <StepSelect step={step} steps={steps} onChange={props.onStep} />}
      <RadioChoice
        label="With which version"
        value={version}
        onChange={props.onVersion}
        options={[
          {
            id: 'same',
            text: 'Same',
            ...(run.workflow_version === undefined ? {} : { hint: `Version ${run.workflow_version}, of the run.` }),
          },
          {
            id: 'newest',
            text: 'Newest',
            ...(isAction
              ? { isDisabled: true, hint: 'An action has no versions.' }
              : { hint: 'The version that is published now.' }),
          },
        ]}
        pointer="/version"
      />
      <RadioChoice
        label="With which input"
        value={edited === undefined ? 'recorded' : 'edited'}
        onChange={(next) => props.onEdited(next === 'edited')}
        options={[
          { id: 'recorded', text: 'Recorded' },
          { id: 'edited', text: 'Edited', ...(whyNot === undefined ? {} : { isDisabled: true, hint: whyNot }) },
        ]}
      />
      {edited !== undefined && (
        <div className="replay-input">
          <Field
            label="Input"
            hint={isAction ? 'As JSON.' : 'As JSON: the value that steps read as "trigger".'}
            error={edited.error ?? errorUnder(props.error, '/input')}
            pointer="/input"
            value={edited.text}
            onChange={edited.setText}
            isLong
            spellCheck="false"
          />
        </div>
      )}
    </>
  );
}

function StepSelect({
  step,
  steps,
  onChange,
}: Pick<ReplayChoicesProps, 'step' | 'steps'> & { onChange: (step: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Step</label>
      <select id={id} className="input" value={step ?? ''} onChange={({ target }) => onChange(target.value)}>
        {step !== undefined && !steps.includes(step) && <option value={step}>{step}</option>}
        {steps.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Why the input of a run cannot be edited here; undefined when it can. */
export function whyNotEdited({ input, input_artifact: file, input_refs: refs = [] }: Run): string | undefined {
  if (file !== undefined) return 'The input is a file; it is replayed as recorded.';
  if (refs.length > 0) return 'The input refers to large values of other runs; it is replayed as recorded.';
  if (input !== undefined && (typeof input !== 'object' || input === null || Array.isArray(input)))
    return 'The input is no JSON object; it is replayed as recorded.';
  return undefined;
}
