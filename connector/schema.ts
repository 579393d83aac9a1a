import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isBase64 } from './base64.ts';
import { type BoundedValidator, boundErrors } from './bounded-errors.ts';
import { ConnectorError, type ValidationError } from './errors.ts';
import type { CompiledSchema, JsonObject } from './manifest.ts';
import { compileNormalizer, type Normalizer } from './normalize.ts';
import { areUnique } from './unique-items.ts';
import { describeErrors, type RawError } from './validation-errors.ts';

export interface CompileOptions {
  /**
   * Schemas that `$ref` may name by their `$id`; may have the schema itself. Their defaults are not filled in. What schemas of
   * the same list refer to is generated once.
   */
  others?: JsonObject[];
  /** The validator leaves the memory with this object, such as a tenant's connector; left out, it stays while the process lives. */
  owner?: object | undefined;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** Nineteen digits hold the largest 64-bit integer; more are refused before BigInt reads them. */
const INT64_DIGITS = /^-?\d{1,19}$/;

/** Whether the text is an integer of 64 bits, which is what `format: int64` means here. */
function isInt64(text: string): boolean {
  if (!INT64_DIGITS.test(text)) return false;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX;
}

/**
 * Whether a text can be a name: data keeps every character, but names are printed in terminals, logs and headers, which act on control
 * characters, and two names must not look the same for what cannot be seen.
 */
export function isLabel(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** The formats of JSON Schema that schemas here may use; byte, int64 and date-time have checks of their own. */
export const FORMATS = ['uri', 'regex', 'date', 'time', 'email', 'uuid'] as const;

const rfc3339 = fullFormats['date-time'] as { validate: (text: string) => boolean };

const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Whether the text is a time of RFC 3339 that a Date can hold, which is what `format: date-time` means here: leap seconds
 * are not, they have no number of milliseconds. It is shown in UTC, where its year must have four digits, too.
 */
function isTimestamp(text: string): boolean {
  if (!rfc3339.validate(text)) return false;
  const ms = Date.parse(text);
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/**
 * Makes a schema ready for use. Validator and normalizer are made at the first value that needs them: making all of them at
 * start would cost more than the rest of the start together.
 * @throws ConnectorError ERR_MANIFEST_INVALID, at the first use, when the schema is not a JSON Schema; `assertSchema` tells it at once.
 */
export function compileSchema(schema: JsonObject, options: CompileOptions = {}): CompiledSchema {
  let normalizer: Normalizer | undefined;
  const normalize = (): Normalizer => {
    normalizer ??= compileNormalizer(schema);
    return normalizer;
  };
  let validate: ReturnType<typeof generate> | undefined;
  const validateWith = (normalized: unknown): { validationErrors: ValidationError[]; total: number } => {
    validate ??= generate(schema, options);
    if (validate(normalized)) return { validationErrors: [], total: 0 };
    const kept = (validate.errors ?? []) as RawError[];
    const { validationErrors, total } = describeErrors(schema, normalized, kept);
    // Of what was dropped nobody knows whether it was in a branch: each counts.
    return { validationErrors, total: total + Math.max(0, (validate.total ?? 0) - kept.length) };
  };
  const validationErrorsOf = (normalized: unknown): ValidationError[] => validateWith(normalized).validationErrors;
  return {
    schema,
    check(value, what) {
      const accepted = normalize().fill(value);
      const { validationErrors, total } = validateWith(accepted);
      if (total > 0) throw invalid(what, validationErrors, total);
      return accepted;
    },
    validationErrors: (value) => validationErrorsOf(normalize().fill(value)),
    toWire: (value) => normalize().toWire(value),
    toEdge(value) {
      const edge = normalize().fill(value);
      return { value: edge, warnings: validationErrorsOf(edge) };
    },
  };
}

/** Checks the schema against JSON Schema itself and generates its validator. @throws Error with Ajv's own words */
export function assertSchema(schema: JsonObject): void {
  validating ??= createAjv({ validateSchema: true });
  validating.compile(schema);
}

function generate(schema: JsonObject, { others = [], owner }: CompileOptions): BoundedValidator {
  const key = owner ?? (others.length === 0 ? EVERYBODY : others);
  let instance = instances.get(key);
  if (instance === undefined) {
    instance = createAjv(others.length === 0 ? {} : { strictTypes: false }); // the meta-schemas lay one schema over another
    for (const other of others) instance.addSchema(other);
    instances.set(key, instance);
  }
  return instance.compile(schema);
}

/** Whose schemas refer to no other and stay: their instance holds formats and keywords, and per schema only its validator. */
const EVERYBODY = Object.freeze({});
/** By the owner, or the list of schemas that refer to each other. An instance forgets nothing that it has compiled, and takes 24 KiB. */
const instances = new WeakMap<object, Ajv2020>();
let validating: Ajv2020 | undefined;

function createAjv(options: Options = {}): Ajv2020 {
  // verbose: a validation error carries the schema it broke, which names the fields that are allowed there.
  const strict = { strict: true, strictRequired: false, allowUnionTypes: true };
  // validateSchema: compiling the schema of schemas costs 50 ms at start; `assertSchema` does it when manifests are checked.
  // optimize: Ajv's pass over the code takes half of the time of compiling, and V8 does the same by itself.
  const code = { process: boundErrors, optimize: false };
  const instance = new Ajv2020({ ...strict, code, allErrors: true, verbose: true, validateSchema: false, ...options });
  instance.removeKeyword('uniqueItems');
  instance.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    error: { message: 'must not have the same item twice' },
    validate: (isAsked: boolean, items: unknown[]) => !isAsked || areUnique(items),
  });
  addFormats.default(instance, { mode: 'full', formats: [...FORMATS] });
  instance.addFormat('date-time', isTimestamp);
  // Instead of the package's own, which looks at single lines and overflows the stack at 4 MB.
  instance.addFormat('byte', { type: 'string', validate: isBase64 });
  instance.addFormat('label', { type: 'string', validate: isLabel });
  instance.addFormat('int64', { type: 'string', validate: isInt64 });
  // Hints for forms; their own shape is checked by manifests/schema/action.json.
  for (const keyword of ['x-options', 'x-secret', 'x-ui']) instance.addKeyword({ keyword });
  return instance;
}

function invalid(what: string, validationErrors: ValidationError[], total: number): ConnectorError {
  const more = total > 1 ? ` (and ${total - 1} more)` : '';
  return new ConnectorError('ERR_INPUT_INVALID', `${what} is not valid: ${validationErrors[0]!.message}${more}`, {
    errors: validationErrors,
    errorCount: total,
    sent: 'no',
  });
}
