import type { Json } from './client.ts';
import { type Call, optionList } from './command.ts';
import { UsageError } from './problem.ts';

/** The fields that were given as `--field KEY=VALUE`, all as texts. @throws UsageError for one without an equals sign, or given twice */
export function fieldsOf(call: Call): Record<string, string> {
  return pairsOf('--field', optionList(call, 'field'), 'Such as --field base_url=https://api.example.com.');
}

/** Fields as their schemas want them: a number, a word for true or false, a list or an object is read as JSON. What is none stays text, and the API says so. */
export function typedFields(fields: Readonly<Record<string, string>>, properties: Json = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, typed(text, properties[name]?.type)]));
}

function typed(text: string, type: unknown): unknown {
  if (type === undefined || [type].flat().includes('string')) return text;
  try {
    const value: unknown = JSON.parse(text);
    // Digits that a number would lose are not changed on the way.
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
  } catch {
    return text;
  }
}

/** Texts of the form KEY=VALUE by key. @throws UsageError for one without an equals sign, or given twice */
export function pairsOf(flag: string, texts: readonly string[], hint: string): Record<string, string> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    if (equals < 1) throw new UsageError(`${flag} needs KEY=VALUE`, hint);
    if (pairs.has(name)) throw new UsageError(`${flag} ${name} is given twice`);
    pairs.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(pairs);
}
