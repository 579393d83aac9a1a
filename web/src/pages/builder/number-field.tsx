import { useEffect, useRef, useState } from 'react';
import { Field } from '../../components/field.tsx';

interface NumberFieldProps {
  label: string;
  value: unknown;
  /** undefined leaves it out. */
  onChange(value: number | undefined): void;
  min: number;
  max: number;
  hint?: string;
  isWhole?: boolean;
  isDisabled?: boolean;
}

/** A number, or nothing. A text that is no number in its bounds stays in the field and is not taken. */
export function NumberField({
  label,
  value,
  onChange,
  min,
  max,
  isWhole = false,
  hint,
  isDisabled = false,
}: NumberFieldProps) {
  const [text, setText] = useState(textOf(value));
  const last = useRef(value);
  useEffect(() => {
    if (Object.is(last.current, value)) return;
    last.current = value;
    setText(textOf(value));
  }, [value]);
  const problem = problemOf(text, { min, max, isWhole });
  const change = (next: string) => {
    setText(next);
    if (problemOf(next, { min, max, isWhole }) !== undefined) return;
    last.current = next.trim() === '' ? undefined : Number(next);
    onChange(last.current as number | undefined);
  };
  return (
    <Field
      label={label}
      value={text}
      onChange={change}
      isDisabled={isDisabled}
      {...(hint === undefined ? {} : { hint })}
      {...(problem === undefined ? {} : { error: problem })}
    />
  );
}

function problemOf(text: string, { min, max, isWhole }: { min: number; max: number; isWhole: boolean }) {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  const isRight = Number.isFinite(number) && number >= min && number <= max && (!isWhole || Number.isInteger(number));
  if (isRight) return undefined;
  return `Write ${isWhole ? 'a whole number' : 'a number'} from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}.`;
}

function textOf(value: unknown): string {
  return value === undefined ? '' : String(value);
}
