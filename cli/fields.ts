import { type Call, optionList } from './command.ts';
import { UsageError } from './problem.ts';

/** The fields that were given as `--field KEY=VALUE`, all as texts. @throws UsageError for one without an equals sign, or given twice */
export function fieldsOf(call: Call): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const text of optionList(call, 'field')) {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    if (equals < 1)
      throw new UsageError('--field needs KEY=VALUE', 'Such as --field base_url=https://api.example.com.');
    if (Object.hasOwn(fields, name)) throw new UsageError(`--field ${name} is given twice`);
    fields[name] = text.slice(equals + 1);
  }
  return fields;
}
