/** A JSON Schema as OpenAPI holds it. */
export type Schema = Record<string, unknown>;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How far a value may stray from its schema. */
export type Mood = 'valid' | 'nearly' | 'hostile';

/** What a generator knows. */
export interface Source {
  random: () => number;
  components: Record<string, Schema>;
  /** Names and ids of objects that are there. */
  known: readonly string[];
}

const MAX_DEPTH = 6;

/** What other systems stumble over: each is JSON text, written into a body as it is. */
const HOSTILE = [
  'null', 'true', '""', '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\uffff"', '"%00"', '"../../etc/passwd"', '"."', '"a/b"',
  '0', '-1', '1e13', '1e15', '8640000000000001', '-1e308', '1e308', '1e400', '0.1', '-0', '2147483648', '9007199254740993',
  '18446744073709551616', '"18446744073709551616"', '"99999999999999999999999-0"', '"2016-12-31T23:59:60Z"',
  '"9999-12-31T23:59:59Z"', '"0000-01-01T00:00:00Z"', '"-271821-04-20T00:00:00Z"', '"2026-02-30T00:00:00Z"', '[]', '{}',
  '{"__proto__":{"a":1}}', '{"constructor":1,"toString":2,"then":3}', '{"length":1e9}', '{"$sealed":"x"}', '{"$ref":"#"}',
  '"{{ $x( }}"', '"{{ trigger }}"', '"{{"', '"$input.x"', '"http://169.254.169.254/"', '"https://[::1]"', '"javascript:1"',
  '"* * * * *"', '"a\\r\\nb: c"', '"😀"', '[[[[[[[[[[]]]]]]]]]]',
  `"${'x'.repeat(300)}"`, `"${'é'.repeat(2000)}"`, `[${new Array(500).fill(1)}]`, `${'['.repeat(60)}${']'.repeat(60)}`,
]; // biome-ignore format: a table

export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

/** Hostile text, for paths, queries and headers. */
export function hostileText(random: () => number): string {
  const value: unknown = JSON.parse(pick(random, HOSTILE).replace('1e400', '1e308'));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** JSON text of a value for the schema. */
export function valueFor(source: Source, given: Schema | boolean | undefined, mood: Mood, depth = 0): string {
  const { random } = source;
  if (mood === 'hostile' ? random() < 0.25 : mood === 'nearly' && random() < 0.08) return pick(random, HOSTILE);
  const schema = resolve(source, given);
  if (depth > MAX_DEPTH) return '{}';
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return JSON.stringify(pick(random, schema.enum));
  const choices = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (choices !== undefined && schema.properties === undefined)
    return valueFor(source, pick(random, choices), mood, depth);
  if (Array.isArray(schema.examples) && random() < 0.5) return JSON.stringify(pick(random, schema.examples));
  const type = pick(random, [schema.type ?? (schema.properties ? 'object' : 'string')].flat());
  switch (type) {
    case 'object':
      return objectFor(source, schema, mood, depth);
    case 'array': {
      const count = Math.max(Number(schema.minItems ?? 0), Math.floor(random() * 3));
      return `[${Array.from({ length: count }, () => valueFor(source, schema.items as Schema, mood, depth + 1))}]`;
    }
    case 'boolean':
      return String(random() < 0.5);
    case 'integer':
    case 'number': {
      const [least, most] = [Number(schema.minimum ?? 1), Number(schema.maximum ?? 100)];
      return String(pick(random, [least, most, Math.round(least + random() * (most - least))]));
    }
    case 'null':
      return 'null';
    default:
      return JSON.stringify(textFor(source, schema));
  }
}

function objectFor(source: Source, schema: Schema, mood: Mood, depth: number): string {
  const { random } = source;
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = new Set((schema.required ?? []) as string[]);
  const names = Object.keys(properties).filter((name) => required.has(name) || random() < 0.4);
  const kept = mood === 'valid' ? names : names.filter(() => random() < 0.95);
  const fields = kept.map((name) => `${JSON.stringify(name)}:${valueFor(source, properties[name], mood, depth + 1)}`);
  if (mood !== 'valid' && random() < 0.15) fields.push(`${pick(random, ['"x"', '"__proto__"', '"\\u0000"', '""'])}:1`);
  return `{${fields}}`;
}

function textFor({ random, known }: Source, schema: Schema): string {
  if (schema.format === 'date-time') return new Date(Date.UTC(2026, 10, Math.floor(random() * 28) + 1)).toISOString();
  if (schema.format === 'uri') return 'https://example.invalid/x';
  return pick(random, [...known, 'core.manual', 'databricks.execute_statement', 'core.webhook', 'databricks', 'fuzz']);
}

function resolve({ components }: Source, schema: Schema | boolean | undefined): Schema {
  if (schema === undefined || typeof schema === 'boolean') return {};
  if (typeof schema.$ref !== 'string') return schema;
  return { ...components[schema.$ref.split('/').at(-1)!], ...schema, $ref: undefined };
}
