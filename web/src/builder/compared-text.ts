import { stringifyExact } from '../data/json.ts';
import { isObject, type JsonObject } from './document.ts';

/** These come first in an object, in this order; the others by name. */
const FIRST = ['id', 'name', 'description', 'trigger', 'action', 'linked_account', 'needs', 'if', 'for_each', 'input'];
/** Written out by the API, and by nobody else. */
const DEFAULTS: { [name: string]: string } = { input: '{}', on_error: '"stop"', notify: '["failed"]' };

/** A definition as text, one field a line, so that two of them differ only where they mean something else. */
export function comparedText(document: JsonObject): string {
  const { publish: _publish, ...definition } = document;
  return `${stringifyExact(ordered(definition), 2)}\n`;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((name) => value[name] !== undefined && !isDefault(name, value[name]));
  return Object.fromEntries(names.sort(byPlace).map((name) => [name, ordered(value[name])]));
}

function isDefault(name: string, value: unknown): boolean {
  return DEFAULTS[name] !== undefined && stringifyExact(value) === DEFAULTS[name];
}

function byPlace(a: string, b: string): number {
  const [one, two] = [a, b].map((name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length));
  return one! - two! || (a < b ? -1 : 1);
}
