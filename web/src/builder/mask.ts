import { referenced, withValueAt } from '../data/pointer.ts';
import { isObject, type JsonObject, placesOf } from './document.ts';
import { HIDDEN } from './saver.ts';

/** The input schema of an action or trigger, where it is known. */
export type SchemaOf = (id: string) => JsonObject | undefined;

/** The document without secrets, for the browser's storage: a masked one is typed again, or is what the server has. */
export function maskSecrets(document: JsonObject, schemaOf: SchemaOf): JsonObject {
  let masked = document;
  if (isObject(document.secrets)) {
    const secrets = Object.keys(document.secrets).map((name) => [name, HIDDEN]);
    masked = { ...masked, secrets: Object.fromEntries(secrets) };
  }
  const parts = [
    { pointer: '/trigger', uses: isObject(document.trigger) ? document.trigger.id : undefined, of: document.trigger },
    ...placesOf(document).map(({ pointer, step }) => ({ pointer, uses: step.action, of: step as unknown })),
  ];
  for (const { pointer, uses, of } of parts) {
    if (!isObject(of) || of.input === undefined) continue;
    const schema = typeof uses === 'string' ? schemaOf(uses) : undefined;
    const input = mask(of.input, schema, schema, 0);
    if (input !== of.input) masked = withValueAt(masked, `${pointer}/input`, input);
  }
  return masked;
}

/** What carries credentials by its name, where no schema says so. */
const BY_NAME: ReadonlyMap<string, unknown> = new Map([
  ['headers', 'headers'],
  ['url_parameters', 'query'],
  ['query', 'query'],
  ['url', 'url'],
]);
/** Shorter values of parameters are no secrets. */
const MIN_LENGTH = 6;
/** A part of a path that nobody would type. */
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[\w~.-]{20,}$/;
/** Deeper than any schema of a manifest: one that contains itself ends. */
const MAX_DEPTH = 20;

function mask(value: unknown, schema: JsonObject | undefined, root: JsonObject | undefined, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const item = resolve(schema?.items, root);
    return same(
      value,
      value.map((each) => mask(each, item, root, depth + 1)),
    );
  }
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const entries = Object.entries(value).map(([name, item]) => {
    const of = resolve(Object.hasOwn(properties, name) ? properties[name] : schema?.additionalProperties, root);
    const kind = root === undefined ? BY_NAME.get(name.toLowerCase()) : of?.['x-secret'];
    const isNamed = (kind === 'headers' || kind === 'query') && typeof item === 'object';
    if (of?.writeOnly === true || isNamed) return [name, hide(item)] as const;
    if ((kind === 'url' || kind === 'path') && typeof item === 'string') return [name, hideInUrl(item)] as const;
    return [name, mask(item, of, root, depth + 1)] as const;
  });
  return entries.every(([name, item]) => item === (value as JsonObject)[name]) ? value : Object.fromEntries(entries);
}

/** Every text is hidden; an expression says where a value is, and is none. */
function hide(value: unknown): unknown {
  if (typeof value === 'string') return value.trim().startsWith('{{') ? value : HIDDEN;
  if (Array.isArray(value)) return value.map(hide);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hide(item)]));
}

/** Without user and password, values of parameters, and what looks random in the path. */
function hideInUrl(url: string): string {
  const [, origin = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([\s\S]*)$/i.exec(url)!;
  const at = origin.lastIndexOf('@');
  const shownOrigin = at < 0 ? origin : origin.slice(0, origin.indexOf('//') + 2) + HIDDEN + origin.slice(at);
  const end = rest.search(/[?#]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  const shownPath = path.split('/').map((part) => (RANDOM.test(part) ? HIDDEN : part));
  const parameters = rest.slice(path.length).split('&').map(hideParameter);
  return shownOrigin + shownPath.join('/') + parameters.join('&');
}

function hideParameter(text: string): string {
  const equals = text.indexOf('=');
  const value = text.slice(equals + 1);
  return equals < 0 || value.length < MIN_LENGTH || value.includes('{{') ? text : text.slice(0, equals + 1) + HIDDEN;
}

function resolve(schema: unknown, root: JsonObject | undefined): JsonObject | undefined {
  if (!isObject(schema)) return undefined;
  if (typeof schema.$ref !== 'string') return schema;
  const found = referenced(root, schema.$ref);
  return isObject(found) ? found : schema;
}

function same(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, i) => item === before[i]) ? before : after;
}
