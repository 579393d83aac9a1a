import { useEffect, useId, useRef, useState } from 'react';
import { ExpressionInput } from './expression-input.tsx';

interface ExpressionFieldProps {
  label: string;
  /** As the document has it: `{{ trigger.rows }}`. */
  value: unknown;
  onChange(value: string | undefined): void;
  hint?: string;
  isDisabled?: boolean;
}

/** One expression, typed without its braces. Empty leaves it out. */
export function ExpressionField({ label, value, onChange, hint, isDisabled = false }: ExpressionFieldProps) {
  const [text, setText] = useState(innerOf(value));
  const last = useRef(value);
  useEffect(() => {
    if (Object.is(last.current, value)) return;
    last.current = value;
    setText(innerOf(value));
  }, [value]);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <ExpressionInput
        id={id}
        label={label}
        text={text}
        isDisabled={isDisabled}
        describedBy={hint === undefined ? undefined : `${id}-hint`}
        isWhole
        hasItem={false}
        onChange={(next) => {
          setText(next);
          last.current = next.trim() === '' ? undefined : `{{ ${next.trim()} }}`;
          onChange(last.current as string | undefined);
        }}
      />
      {hint !== undefined && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
    </div>
  );
}

function innerOf(value: unknown): string {
  if (value === undefined) return '';
  const text = String(value).trim();
  return text.startsWith('{{') && text.endsWith('}}') ? text.slice(2, -2).trim() : text;
}
