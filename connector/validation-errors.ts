import { MAX_REPORTED_ERRORS, type ValidationError } from './errors.ts';
import { clip, isSecret, labelOf, nameOf, schemaAt } from './fields.ts';
import { partsOf, pointerOf, valueAt } from './json-pointer.ts';
import type { JsonObject } from './manifest.ts';
import { nearestNames } from './nearest.ts';

/** What the validator reports about one wrong place; the part of Ajv's error object that is read here. */
export interface RawError {
  keyword: string;
  instancePath: string;
  schemaPath: string;
  params: Record<string, unknown>;
  message?: string;
  propertyName?: string;
  /** The schema object that holds the keyword. */
  parentSchema?: Record<string, unknown>;
}

/** Longer values are cut in a message: it names the value, it does not repeat it. */
const MAX_SHOWN = 60;
/** A list of allowed names longer than this is left to the validation error's `allowed`. */
const MAX_LISTED = 40;

/**
 * Says the first 50 wrong places in a person's words: the field by its title and name, what was given, what is allowed;
 * `total` is how many there are. A value whose schema is `writeOnly` is never shown. Reports on the branches of an `anyOf`
 * or `oneOf` become one.
 */
export function describeErrors(
  root: JsonObject,
  value: unknown,
  raw: readonly RawError[],
): { validationErrors: ValidationError[]; total: number } {
  const found = withoutBranches(raw).filter((validationError) => validationError.keyword !== 'if');
  const described = found
    .slice(0, MAX_REPORTED_ERRORS)
    .map((validationError) => describe(root, value, validationError));
  const validationErrors = [
    ...new Map(
      described.map((validationError) => [`${validationError.pointer}\n${validationError.message}`, validationError]),
    ).values(),
  ];
  return { validationErrors, total: validationErrors.length + found.length - described.length };
}

/** Ajv reports every branch before the `anyOf` itself; only the latter is of use to a person. */
function withoutBranches(raw: readonly RawError[]): RawError[] {
  const choices = raw.filter(
    (validationError) =>
      validationError.keyword === 'anyOf' || validationError.keyword === 'oneOf' || validationError.keyword === 'not',
  );
  const names = raw.filter((validationError) => validationError.keyword === 'propertyNames');
  return raw.filter(
    (validationError) =>
      !choices.some(
        (choice) => validationError !== choice && validationError.schemaPath.startsWith(`${choice.schemaPath}/`),
      ) &&
      !names.some(
        (choice) => validationError.propertyName !== undefined && validationError.instancePath === choice.instancePath,
      ),
  );
}

function describe(root: JsonObject, value: unknown, raw: RawError): ValidationError {
  const parent = partsOf(raw.instancePath);
  const name = missingOrUnknown(raw);
  const path = name === undefined ? parent : [...parent, name];
  const pointer = pointerOf(path.map(clip));
  const schema = schemaAt(root, path);
  const label = labelOf(schema, path);
  const given = isSecret(root, schema) ? '' : `; got ${show(valueAt(value, path))}`;
  switch (raw.keyword) {
    case 'required':
    case 'dependentRequired':
      return { pointer, message: `${label} is required` };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownField(raw, parent, path.at(-1)!, pointer);
    case 'propertyNames':
      return { pointer, message: `${label} is not allowed here${reason(schemaAt(root, parent)?.propertyNames)}` };
    case 'enum': {
      const allowed = raw.params.allowedValues as unknown[];
      return { pointer, message: `${label} must be one of ${list(allowed)}${given}${condition(raw, schema)}`, allowed };
    }
    case 'const':
      return {
        pointer,
        message: `${label} must be ${show(raw.params.allowedValue)}${given}`,
        allowed: [raw.params.allowedValue],
      };
    case 'type':
      if (schema?.format === 'int64' && typeof valueAt(value, path) === 'number') {
        return { pointer, message: `${label} must be ${INT64_WORDS}; a number this large must be sent as text` };
      }
      return { pointer, message: `${label} must be ${typeWords(raw.params.type)}${given}`, allowed: raw.params.type };
    case 'format':
      return {
        pointer,
        message: `${label} must be ${formatWords(String(raw.params.format))}${given}`,
        allowed: raw.params.format,
      };
    case 'pattern':
      return {
        pointer,
        message: misfit(raw, schema, { label, given, rule: `must match ${raw.params.pattern}` }),
        allowed: raw.params.pattern,
      };
    case 'anyOf':
    case 'oneOf':
    case 'not':
      if (path.length === 0 && typeof schema?.description === 'string')
        return { pointer, message: sentence(schema.description) };
      return {
        pointer,
        message: misfit(raw, schema, { label, given, rule: 'does not match any of the allowed forms' }),
      };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return {
        pointer,
        message: `${label} must be ${BOUND_WORDS[raw.keyword]} ${raw.params.limit}${given}`,
        allowed: raw.params.limit,
      };
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
    case 'minProperties':
    case 'maxProperties':
      return { pointer, message: sizeMessage(label, raw), allowed: raw.params.limit };
    default:
      return { pointer, message: `${label} ${raw.message ?? 'is not allowed'}${given}` };
  }
}

function missingOrUnknown({ params }: RawError): string | undefined {
  const name = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  return typeof name === 'string' ? name : undefined;
}

function unknownField(raw: RawError, parent: string[], name: string, pointer: string): ValidationError {
  const known = Object.keys((raw.parentSchema?.properties as object | undefined) ?? {});
  const where = parent.length === 0 ? '' : ` of ${nameOf(parent)}`;
  const near = nearestNames(name, known).map((item) => `"${item}"`);
  const hint = near.length === 0 ? '.' : `; did you mean ${near.join(' or ')}?`;
  const allowed = known.length === 0 ? ' No field is allowed here' : ` Allowed: ${known.join(', ')}`;
  return {
    pointer,
    message: `"${clip(name)}" is not a field${where}${hint}${known.length > MAX_LISTED ? '' : allowed}`,
    allowed: known,
  };
}

function sizeMessage(label: string, raw: RawError): string {
  const unit = raw.keyword.endsWith('Length') ? 'character' : raw.keyword.endsWith('Items') ? 'item' : 'field';
  const limit = raw.params.limit as number;
  if (limit === 1 && raw.keyword.startsWith('min')) return `${label} must not be empty`;
  const bound = raw.keyword.startsWith('min') ? 'at least' : 'at most';
  return `${label} must have ${bound} ${limit} ${unit}${limit === 1 ? '' : 's'}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return `"${value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value}"`;
}

function list(values: unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join(', ');
}

const INT64_WORDS = 'an integer of 64 bits (its digits, as text or as a number)';

const BOUND_WORDS: Record<string, string> = {
  minimum: 'at least',
  maximum: 'at most',
  exclusiveMinimum: 'more than',
  exclusiveMaximum: 'less than',
};

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function typeWords(type: unknown): string {
  return [type]
    .flat()
    .map((name) => TYPE_WORDS[String(name)] ?? String(name))
    .join(' or ');
}

function formatWords(format: string): string {
  if (format === 'int64') return INT64_WORDS;
  if (format === 'byte') return 'base64, in one line or in lines of 64 or 76 characters';
  if (format === 'label') return 'one line without control characters';
  if (format === 'date-time') return 'a date and time such as "2026-01-31T08:00:00Z"';
  return `a valid ${format}`;
}

/** A description is written for people, that of the schema with the rule before that of the field; the rule itself is the last resort. */
function misfit(
  { parentSchema }: RawError,
  schema: Record<string, unknown> | undefined,
  { label, given, rule }: { label: string; given: string; rule: string },
): string {
  const [example] = (parentSchema?.examples ?? schema?.examples ?? []) as unknown[];
  const like = example === undefined ? '' : `; for example ${show(example)}`;
  const description = parentSchema?.description ?? schema?.description;
  const words = typeof description === 'string' ? `is not valid: ${sentence(description)}` : rule;
  return `${label} ${words}${like}${given}`;
}

/** Why a rule holds that another field has put upon this one: the words of the schema with the rule. */
function condition({ parentSchema }: RawError, schema: Record<string, unknown> | undefined): string {
  const own = parentSchema?.description;
  return typeof own === 'string' && own !== schema?.description ? `; ${sentence(own)}` : '';
}

function sentence(text: string): string {
  return text.replace(/\.$/, '');
}

function reason(schema: unknown): string {
  const description = (schema as { description?: unknown } | undefined)?.description;
  return typeof description === 'string' ? `: ${sentence(description)}` : '';
}
