import { useId } from 'react';
import './radio.css';

interface RadioChoiceProps<Id extends string> {
  label: string;
  value: Id;
  onChange(value: Id): void;
  options: readonly { id: Id; text: string; hint?: string; isDisabled?: boolean }[];
  /** What is wrong with the choice; the API's word for it, by `errorUnder`. */
  error?: string | undefined;
}

/** One of a few, all of them in sight, each with a line of what it means. */
export function RadioChoice<Id extends string>({ label, value, onChange, options, error }: RadioChoiceProps<Id>) {
  const id = useId();
  return (
    <div className="radio-group" role="radiogroup" aria-labelledby={id}>
      <h2 id={id}>{label}</h2>
      {options.map(({ id: option, text, hint, isDisabled = false }) => (
        <div key={option} className="radio-option">
          <label className="radio" data-disabled={isDisabled || undefined}>
            <input
              type="radio"
              name={id}
              checked={option === value}
              disabled={isDisabled}
              onChange={() => onChange(option)}
              aria-describedby={hint === undefined ? undefined : `${id}-${option}`}
            />
            {text}
          </label>
          {hint !== undefined && (
            <span id={`${id}-${option}`} className="soft small">
              {hint}
            </span>
          )}
        </div>
      ))}
      {error !== undefined && <span className="field-error">{error}</span>}
    </div>
  );
}
