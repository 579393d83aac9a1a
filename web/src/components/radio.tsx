import { useId } from 'react';
import { useFieldError } from './form-scope.ts';
import './radio.css';

interface RadioChoiceProps<Id extends string> {
  label: string;
  value: Id;
  onChange(value: Id): void;
  options: readonly { id: Id; text: string; hint?: string; isDisabled?: boolean }[];
  /** JSON pointer of the value in the body of the request, such as `/name`: what the API says of it stands here. */
  pointer?: string | undefined;
}

/** One of a few, all of them in sight, each with a line of what it means. */
export function RadioChoice<Id extends string>({ label, value, onChange, options, pointer }: RadioChoiceProps<Id>) {
  const id = useId();
  const error = useFieldError(pointer);
  const wrong = error === undefined ? {} : { 'aria-invalid': true, 'aria-describedby': `${id}-error` };
  return (
    <div className="radio-group" role="radiogroup" aria-labelledby={id} {...wrong}>
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
      {error !== undefined && (
        <span id={`${id}-error`} className="field-error">
          {error}
        </span>
      )}
    </div>
  );
}
