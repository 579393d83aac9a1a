import { useEffect, useId, useRef, useState } from 'react';
import { Field } from '../../components/field.tsx';
import { Preview } from './expression-control.tsx';

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
    <div className="stack-tight">
      <Field
        label={label}
        value={text}
        isDisabled={isDisabled}
        isLong
        spellCheck="false"
        {...(hint === undefined ? {} : { hint })}
        onChange={(next) => {
          setText(next);
          last.current = next.trim() === '' ? undefined : `{{ ${next.trim()} }}`;
          onChange(last.current as string | undefined);
        }}
      />
      {text.trim() !== '' && <Preview id={id} template={`{{ ${text} }}`} title={label} />}
    </div>
  );
}

function innerOf(value: unknown): string {
  if (value === undefined) return '';
  const text = String(value).trim();
  return text.startsWith('{{') && text.endsWith('}}') ? text.slice(2, -2).trim() : text;
}
