import { isObject, type JsonObject, ON_FAILURE, placeOf, placesOf } from './document.ts';

/** Something that an expression can read: a value that is known, a schema of what will be there, or both. */
export interface Datum {
  value?: unknown;
  schema?: JsonObject | undefined;
  /** In place of those of value and schema. */
  members?: Readonly<Record<string, Datum>>;
}

export interface Member {
  name: string;
  datum: Datum;
}

/** Items of a list whose members are looked at: rows of one result have the same columns. */
const LOOKED_AT = 20;
const MAX_TEXT = 80;
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** What can be read of something by a name: of a list, what its items have, as in paths of JSONata. */
export function membersOf(datum: Datum): Member[] {
  if (datum.members !== undefined)
    return Object.entries(datum.members).map(([name, member]) => ({ name, datum: member }));
  const found = new Map<string, Datum>();
  const items = Array.isArray(datum.value) ? datum.value.slice(0, LOOKED_AT) : [datum.value];
  for (const item of items) {
    if (!isObject(item)) continue;
    for (const [name, value] of Object.entries(item)) if (found.get(name) === undefined) found.set(name, { value });
  }
  const properties = itemOf(datum.schema)?.properties;
  if (isObject(properties)) {
    for (const [name, schema] of Object.entries(properties))
      if (isObject(schema)) found.set(name, { ...found.get(name), schema });
  }
  return [...found].map(([name, member]) => ({ name, datum: member }));
}

export function datumAt(datum: Datum, names: readonly string[]): Datum | undefined {
  return names.reduce<Datum | undefined>(
    (at, name) => (at === undefined ? undefined : membersOf(at).find((member) => member.name === name)?.datum),
    datum,
  );
}

/** The names of a template that is one plain path, such as the items of a loop; undefined for any other text. */
export function plainPath(template: unknown): string[] | undefined {
  return /^\{\{\s*([\w.]+)\s*\}\}$/.exec(String(template))?.[1]?.split('.');
}

/** What an item of a list is like: its first one, and the schema of all. */
export function itemDatum(list: Datum): Datum {
  const value = Array.isArray(list.value) ? list.value[0] : undefined;
  return {
    ...(value !== undefined && { value }),
    schema: isObject(list.schema?.items) ? list.schema.items : undefined,
  };
}

/** `list`, `text`, or another word; of the schema where there is no value. */
export function typeOf({ value, schema, members }: Datum): string {
  if (members !== undefined) return 'object';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'bigint') return 'number';
  if (value !== undefined) return typeof value === 'string' ? 'text' : typeof value;
  const type = Array.isArray(schema?.type) ? schema.type.find((each) => each !== 'null') : schema?.type;
  if (type === 'array') return 'list';
  return type === 'string' ? 'text' : typeof type === 'string' ? type : '';
}

/** The value in one line, shortened; empty where none is known. */
export function sampleText({ value, members }: Datum): string {
  if (value === undefined || members !== undefined) return '';
  if (Array.isArray(value)) return `${value.length.toLocaleString()} ${value.length === 1 ? 'item' : 'items'}`;
  if (isObject(value)) return '';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_TEXT)) : String(value);
  return typeof value === 'string' && value.length > MAX_TEXT ? `${text.slice(0, -1)}…` : text;
}

/** A path as it is written: names that are none in JSONata stand in back-ticks. */
export function pathText(names: readonly string[]): string {
  return names.map(nameText).join('.');
}

export function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !WORDS.has(name) ? name : `\`${name}\``;
}

/** The steps that have surely ended when a step starts, in the order of the document. */
export function readableSteps(document: JsonObject, key: string): string[] {
  const places = placesOf(document);
  const found = new Set<string>();
  const add = (of: string | undefined) => {
    const place = placeOf(document, of);
    if (place === undefined) return;
    if (place.branchOf === ON_FAILURE)
      for (const other of places) if (other.branchOf === undefined) found.add(other.key);
    if (place.branchOf !== undefined && place.branchOf !== ON_FAILURE) include(place.branchOf);
    for (const other of places) if (other.list === place.list && place.needs.includes(other.id)) include(other.key);
  };
  const include = (step: string) => {
    if (found.has(step)) return;
    found.add(step);
    add(step);
  };
  add(key);
  found.delete(key);
  return places.filter((place) => found.has(place.key) && place.id !== '').map(({ id }) => id);
}

function itemOf(schema: JsonObject | undefined): JsonObject | undefined {
  return isObject(schema?.items) ? itemOf(schema.items) : schema;
}
