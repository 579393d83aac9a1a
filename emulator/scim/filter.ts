import { ApiError } from '../errors.ts';
import { isObject } from '../json.ts';

/** Tells whether a resource matches. */
export type Filter = (resource: Record<string, unknown>) => boolean;

const TOKENS = /\s*(?:(?<bracket>[()])|"(?<text>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|(?<word>[^\s()"']+))/y;

/**
 * Reads a SCIM filter: eq, co, sw and ne, joined with and / or (and binds closer), with brackets.
 * Attribute names and texts compare without regard to case; of several values one must match, and for ne none may.
 * @throws ApiError 400 invalidFilter saying what is wrong.
 */
export function parseFilter(source: string): Filter {
  const tokens = tokenize(source);
  let at = 0;
  const word = (...wanted: string[]) => {
    const token = tokens[at];
    if (token?.kind !== 'word' || !wanted.includes(token.text.toLowerCase())) return undefined;
    at += 1;
    return token.text.toLowerCase();
  };

  const either = (): Filter => {
    const sides = [both()];
    while (word('or') !== undefined) sides.push(both());
    return (resource) => sides.some((side) => side(resource));
  };
  const both = (): Filter => {
    const sides = [one()];
    while (word('and') !== undefined) sides.push(one());
    return (resource) => sides.every((side) => side(resource));
  };
  const one = (): Filter => {
    if (tokens[at]?.kind === 'bracket' && tokens[at]?.text === '(') {
      at += 1;
      const inner = either();
      if (tokens[at]?.text !== ')') throw invalidFilter(source, 'a bracket is not closed');
      at += 1;
      return inner;
    }
    const attribute = tokens[at];
    if (attribute?.kind !== 'word') throw invalidFilter(source, 'an attribute is missing');
    at += 1;
    const operator = word('eq', 'co', 'sw', 'ne');
    if (operator === undefined)
      throw invalidFilter(source, `'${tokens[at]?.text ?? 'the end'}' is not one of eq, co, sw, ne`);
    const value = tokens[at];
    if (value === undefined || value.kind === 'bracket') throw invalidFilter(source, 'a value is missing');
    at += 1;
    return (resource) => compare(valuesAt(resource, attribute.text), operator, value.text);
  };

  const filter = either();
  if (at < tokens.length) throw invalidFilter(source, `'${tokens[at]?.text}' is not expected`);
  return filter;
}

/** The values at an attribute path such as `name.givenName` or `emails`; a list gives the `value` of each entry. */
export function valuesAt(resource: Record<string, unknown>, path: string): string[] {
  let values: unknown[] = [resource];
  for (const part of path.split('.')) {
    values = values.flatMap((value) => {
      if (!isObject(value)) return [];
      const key = Object.keys(value).find((name) => name.toLowerCase() === part.toLowerCase());
      const found = key === undefined ? undefined : value[key];
      return Array.isArray(found) ? found : found === undefined ? [] : [found];
    });
  }
  return values.map((value) => String(isObject(value) ? (value.value ?? value.display ?? '') : value));
}

function compare(values: string[], operator: string, wanted: string): boolean {
  const want = wanted.toLowerCase();
  const have = values.map((value) => value.toLowerCase());
  if (operator === 'eq') return have.includes(want);
  if (operator === 'ne') return !have.includes(want);
  return have.some((value) => (operator === 'co' ? value.includes(want) : value.startsWith(want)));
}

function tokenize(source: string): { kind: string; text: string }[] {
  const tokens: { kind: string; text: string }[] = [];
  const trimmed = source.trimEnd();
  for (let at = 0; at < trimmed.length; at = TOKENS.lastIndex) {
    TOKENS.lastIndex = at;
    const groups = TOKENS.exec(trimmed)?.groups;
    if (groups === undefined) throw invalidFilter(source, 'a text is not closed');
    const [kind, text] = Object.entries(groups).find(([, value]) => value !== undefined) as [string, string];
    tokens.push({ kind, text: kind === 'text' ? text.replaceAll(/\\(.)/g, '$1') : text });
  }
  if (tokens.length === 0) throw invalidFilter(source, 'it is empty');
  return tokens;
}

function invalidFilter(source: string, why: string): ApiError {
  return new ApiError(400, 'INVALID_FILTER', `Given filter operator is not supported: '${source}': ${why}.`);
}
