import { isObject, type JsonObject } from './document.ts';

/** What is data of any service, where other names mean something else in each. */
const SHARED: ReadonlySet<string> = new Set(['rows']);
/** In every second output, and of no use elsewhere. */
const COMMON: ReadonlySet<string> = new Set([
  'id',
  'name',
  'state',
  'status',
  'message',
  'value',
  'url',
  'path',
  'title',
]);

/** What comes before a step: its connector, and the names in its output. */
export interface Before {
  connector: string;
  names: readonly string[];
}

/** The names of an output, by its schema. */
export function namesIn(schema: JsonObject | undefined): string[] {
  return isObject(schema?.properties) ? Object.keys(schema.properties) : [];
}

/** The names that an action must be given and that the step before has. */
export function fittingNames(
  { connector, required_input }: { connector: string; required_input: readonly string[] },
  before: Before,
): string[] {
  return required_input.filter(
    (name) => before.names.includes(name) && !COMMON.has(name) && (connector === before.connector || SHARED.has(name)),
  );
}
