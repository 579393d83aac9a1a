import { type Call, optionList } from './command.ts';
import { UsageError } from './problem.ts';

/** The fields that were given as `--field KEY=VALUE`, all as texts. @throws UsageError for one without an equals sign, or given twice */
export function fieldsOf(call: Call): Record<string, string> {
  return pairsOf('--field', optionList(call, 'field'), 'Such as --field base_url=https://api.example.com.');
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
