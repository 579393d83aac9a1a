import { type Filter as ParsedFilter, parse } from 'scim2-parse-filter';
import { ApiError } from '../errors.ts';
import { isObject } from '../json.ts';

/** Tells whether a resource matches. */
export type Filter = (resource: Record<string, unknown>) => boolean;

/** The operators that Databricks documents; the library knows more. */
const OPERATORS = ['eq', 'co', 'sw', 'ne'];
/** A text in single quotes, as Databricks takes it beside JSON's; one in double quotes is passed over. */
const TEXTS = /"(?:[^"\\]|\\.)*"|'([^']*)'/g;

/**
 * Reads a SCIM filter: eq, co, sw and ne, joined with and / or (and binds closer), with brackets.
 * Attribute names and texts compare without regard to case; of several values one must match, and for ne none may.
 * @throws ApiError 400 invalidFilter saying what is wrong.
 */
export function parseFilter(source: string): Filter {
  let parsed: ParsedFilter;
  try {
    parsed = parse(
      source.replaceAll(TEXTS, (whole, single?: string) => (single === undefined ? whole : JSON.stringify(single))),
    );
  } catch (error) {
    throw invalidFilter(source, error instanceof Error ? error.message : String(error));
  }
  return matcher(parsed, source);
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

function matcher(filter: ParsedFilter, source: string): Filter {
  switch (filter.op) {
    case 'and': {
      const sides = filter.filters.map((side) => matcher(side, source));
      return (resource) => sides.every((side) => side(resource));
    }
    case 'or': {
      const sides = filter.filters.map((side) => matcher(side, source));
      return (resource) => sides.some((side) => side(resource));
    }
    case 'eq':
    case 'ne':
    case 'co':
    case 'sw': {
      const { op, attrPath } = filter;
      const wanted = String(filter.compValue).toLowerCase();
      return (resource) => compare(valuesAt(resource, attrPath), op, wanted);
    }
    default:
      throw invalidFilter(source, `'${filter.op}' is not one of ${OPERATORS.join(', ')}`);
  }
}

function compare(values: string[], operator: 'eq' | 'ne' | 'co' | 'sw', wanted: string): boolean {
  const have = values.map((value) => value.toLowerCase());
  if (operator === 'eq') return have.includes(wanted);
  if (operator === 'ne') return !have.includes(wanted);
  return have.some((value) => (operator === 'co' ? value.includes(wanted) : value.startsWith(wanted)));
}

function invalidFilter(source: string, why: string): ApiError {
  return new ApiError(400, 'INVALID_FILTER', `Given filter operator is not supported: '${source}': ${why}.`);
}
