import { createBoundedCache } from '../../connector/bounded-cache.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import { HIDDEN } from './plain-names.ts';

/** Shorter values are no secrets, and taking them out would garble every text. */
const MIN_LENGTH = 6;
/** Of a form in base64: shorter ones are in ordinary data by chance. */
const MIN_ENCODED_LENGTH = 10;
/** A body in the message of an answer in the message of an error. */
const MAX_JSON_DEPTH = 4;

/** Characters of all forms that are kept: those of some hundred tokens. */
const MAX_KEPT_LENGTH = 4 * 1024 * 1024;
const NONE: readonly string[] = Object.freeze([]);

/**
 * Every run needs the forms of its token, and making those of a token of a thousand characters takes a third of a millisecond.
 * A function of the text alone, so entries never go stale.
 */
const knownForms = createBoundedCache<readonly string[]>(MAX_KEPT_LENGTH);

/**
 * How these secrets may be in a text: as they are, as URLs and forms carry them (once or twice), as JSON and HTML write them, in
 * hex, and inside base64 at
 * each of the three offsets (its first and last character also depend on what stands beside the secret, and are left).
 * The longest first, so that a part of one does not keep the whole from being found.
 */
export function formsOf(secrets: readonly (string | undefined)[]): readonly string[] {
  const given = new Set<string>();
  for (const secret of secrets) if (secret !== undefined && secret.length >= MIN_LENGTH) given.add(secret);
  const [first, ...others] = given;
  if (first === undefined) return NONE;
  if (others.length === 0) return formsOfOne(first);
  return longestFirst(new Set([...given].flatMap(formsOfOne)));
}

function formsOfOne(secret: string): readonly string[] {
  const known = knownForms.get(secret);
  if (known !== undefined) return known;
  const forms = makeForms(secret);
  knownForms.set(
    secret,
    forms,
    forms.reduce((sum, form) => sum + form.length, 0),
  );
  return forms;
}

function makeForms(secret: string): readonly string[] {
  const forms = new Set<string>();
  const encoded = encode(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  forms.add(secret).add(json).add(json.replaceAll('/', '\\/')).add(carefulJson(json));
  forms
    .add(encoded)
    .add(encoded.replaceAll('%20', '+'))
    .add(encoded.replaceAll(/%[0-9A-F]{2}/g, lowerCase));
  forms.add(encode(encoded)).add(encode(json)).add(inHtml(secret)).add(inHtml(json));
  // JSON in a text of JSON, as services repeat a body in a message.
  for (let inner = json, depth = 1; depth < MAX_JSON_DEPTH; depth += 1) {
    inner = JSON.stringify(inner).slice(1, -1);
    forms.add(inner);
  }
  for (const isUpper of [false, true]) forms.add(unicodeEscapes(secret, isUpper));
  // Of most secrets these are one text: whole URLs and bodies are encoded with what they hold.
  for (const text of new Set([secret, json, encoded])) {
    const hex = Buffer.from(text).toString('hex');
    forms.add(hex).add(hex.toUpperCase());
    for (const offset of [0, 1, 2]) {
      const inner = innerBase64(text, offset);
      if (inner.length >= MIN_ENCODED_LENGTH) forms.add(inner).add(inner.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return longestFirst(forms);
}

function longestFirst(forms: ReadonlySet<string>): readonly string[] {
  return [...forms].sort((a, b) => b.length - a.length);
}

/** The text without these secrets: a service that repeats what it was sent must not carry them into a log or a record. */
export function scrub(text: string, secrets: readonly (string | undefined)[]): string {
  return scrubForms(text, formsOf(secrets));
}

/** The value without these secrets, at any depth, names of properties included; the same value when it holds none. */
export function scrubValue(value: unknown, secrets: readonly (string | undefined)[]): unknown {
  const forms = formsOf(secrets);
  const shortest = forms.at(-1)?.length;
  return shortest === undefined ? value : scrubAny(value, forms, shortest);
}

/** The error without these secrets; the same object when it holds none. Its cause is dropped with the text, since it repeats it. */
export function scrubError(error: ConnectorError, secrets: readonly (string | undefined)[]): ConnectorError {
  const { message, hint, upstream, errors } = error;
  const forms = formsOf(secrets);
  const text = stringifyJson([message, hint, upstream, errors]);
  if (scrubForms(text, forms) === text) return error;
  const clean = <T>(value: T): T => scrubAny(value, forms, forms.at(-1)!.length) as T;
  return new ConnectorError(error.code, scrubForms(message, forms), {
    kind: error.kind,
    hint: clean(hint),
    upstream: clean(upstream),
    errors: clean(errors),
    errorCount: error.errorCount,
    retryAfterMs: error.retryAfterMs,
    sent: error.sent,
  });
}

function scrubForms(text: string, forms: readonly string[]): string {
  let left = text;
  for (const form of forms) if (form.length <= left.length && left.includes(form)) left = left.replaceAll(form, HIDDEN);
  return left;
}

function scrubAny(value: unknown, forms: readonly string[], shortest: number): unknown {
  if (typeof value === 'string') return value.length < shortest ? value : scrubForms(value, forms);
  if (typeof value === 'number' || typeof value === 'bigint') return scrubNumber(value, forms, shortest);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    let changed: unknown[] | undefined;
    for (let i = 0; i < value.length; i += 1) {
      const item = scrubAny(value[i], forms, shortest);
      if (item !== value[i]) {
        changed ??= [...value];
        changed[i] = item;
      }
    }
    return changed ?? value;
  }
  return scrubObject(value as Record<string, unknown>, forms, shortest);
}

/** A secret of digits, which a service took for a number. */
function scrubNumber(value: number | bigint, forms: readonly string[], shortest: number): unknown {
  const text = String(value);
  return text.length >= shortest && scrubForms(text, forms) !== text ? HIDDEN : value;
}

/** Most values hold none of it, so nothing is made before the first is found. */
function scrubObject(value: Record<string, unknown>, forms: readonly string[], shortest: number): unknown {
  let changed: [string, unknown][] | undefined;
  const names = Object.keys(value);
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i]!;
    const clean = scrubAny(name, forms, shortest) as string;
    const item = scrubAny(value[name], forms, shortest);
    if (clean !== name || item !== value[name]) changed ??= names.slice(0, i).map((before) => [before, value[before]]);
    changed?.push([clean, item]);
  }
  return changed === undefined ? value : Object.fromEntries(changed);
}

function innerBase64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), whole);
}

/** As encoders write it that keep JSON out of the way of HTML, and within ASCII. */
function carefulJson(json: string): string {
  return json.replaceAll(/[<>&\u0080-\uffff]/g, (unit) => unicodeEscapes(unit, false));
}

/** Each character as JSON may write it. */
function unicodeEscapes(secret: string, isUpper: boolean): string {
  const digits = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');
  return secret
    .split('')
    .map((unit) => `\\u${isUpper ? digits(unit).toUpperCase() : digits(unit)}`)
    .join('');
}

function inHtml(secret: string): string {
  return secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A lone surrogate has no such form. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
