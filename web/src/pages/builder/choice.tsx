import { useId } from 'react';
import { useFieldError } from '../../components/form-scope.ts';

interface ChoiceProps {
  label: string;
  value: string;
  onChange(value: string): void;
  options: readonly { value: string; text: string }[];
  hint?: string;
  isDisabled?: boolean;
  /** JSON pointer of the value in the body of a request: what the API says of it stands below. */
  pointer?: string;
}

/** One of a few values. A value that is not among them is shown as it is, and kept. */
export function Choice({ label, value, onChange, options, hint, isDisabled = false, pointer }: ChoiceProps) {
  const id = useId();
  const refused = useFieldError(pointer);
  const described = [hint !== undefined && `${id}-hint`, refused !== undefined && `${id}-error`].filter((each) => each);
  const isKnown = options.some((option) => option.value === value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="input"
        value={value}
        disabled={isDisabled}
        aria-invalid={refused !== undefined || undefined}
        aria-describedby={described.join(' ') || undefined}
        onChange={(event) => onChange(event.target.value)}
      >
        {!isKnown && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
      {refused !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {refused}
        </p>
      )}
    </div>
  );
}
