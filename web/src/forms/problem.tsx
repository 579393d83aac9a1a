import { useEffect } from 'react';
import { useForm } from './form-context.ts';
import type { Schema } from './schema.ts';

const INT64 = /^-?\d{1,19}$/;

/**
 * Says at a control that its text is no value, and tells the form so, as long as it is there. `place` is a JSON pointer, or another
 * text that no other control has.
 */
export function Problem({ place, text }: { place: string; text: string | undefined }) {
  const { report } = useForm();
  useEffect(() => {
    if (text === undefined) return;
    report(place, text);
    return () => report(place, undefined);
  }, [report, place, text]);
  return text === undefined ? null : <p className="field-error">{text}</p>;
}

/** What is wrong with a text of 64 bits, which JSON numbers cannot keep. */
export function int64Problem(schema: Schema, value: unknown): string | undefined {
  if (schema.format !== 'int64' || typeof value !== 'string' || value === '' || INT64.test(value)) return undefined;
  return `"${value}" is not a whole number.`;
}
