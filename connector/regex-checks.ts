import { wholeHost } from './base-urls.ts';
import type { ValidationError } from './errors.ts';
import { pointerOf } from './json-pointer.ts';
import type { SuperLinear } from './linear-regex.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { at } from './references.ts';

/** The analysis takes longer for a longer one; the longest of the connectors that are shipped has 160 characters. */
const MAX_LENGTH = 500;

/** Values, which are no part of a schema. */
const VALUES = new Set(['examples', 'enum', 'const', 'default', 'result']);

interface FoundRegex {
  path: readonly string[];
  text: string;
  flags: string;
  /** It is held against all of a text, as `hosts` is. */
  isWhole: boolean;
}

/**
 * Regular expressions of manifests that a text could keep busy: they run in the processes that serve everybody. Every `pattern`, `hosts`
 * and `when.message`.
 */
export function checkRegexes(
  { connectors, actions, triggers }: ManifestFiles,
  superLinear: SuperLinear,
): ValidationError[] {
  const known = new Map<string, string | undefined>();
  const wrong = ({ text, ...how }: FoundRegex): string | undefined => {
    const key = JSON.stringify([text, how]);
    if (!known.has(key)) known.set(key, errorOf(text, how, superLinear));
    return known.get(key);
  };
  return [...connectors, ...actions, ...triggers].flatMap((entry) =>
    regexesIn(entry.manifest, []).flatMap((found) => {
      const message = wrong(found);
      return message === undefined ? [] : [at(entry, pointerOf(found.path), message)];
    }),
  );
}

function errorOf(
  text: string,
  { flags, isWhole }: { flags: string; isWhole: boolean },
  superLinear: SuperLinear,
): string | undefined {
  if (text.length > MAX_LENGTH)
    return `is a regular expression of ${text.length} characters; at most ${MAX_LENGTH} are allowed`;
  let why: string | undefined;
  try {
    why = superLinear({ source: isWhole ? wholeHost(text).source : text, flags });
  } catch (error) {
    return `is not a regular expression that can be checked: ${(error as Error).message}`;
  }
  return why === undefined
    ? undefined
    : `takes time that is ${why}; begin it with ^, and let only one part of it match each character`;
}

function regexesIn(value: unknown, path: readonly string[]): FoundRegex[] {
  if (typeof value === 'string') {
    const name = path.at(-1);
    if (name === 'message' && path.at(-2) === 'when') return [{ path, text: value, flags: 'iu', isWhole: false }];
    if (name === 'hosts') return [{ path, text: value, flags: 'u', isWhole: true }];
    return name === 'pattern' ? [{ path, text: value, flags: 'u', isWhole: false }] : [];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    VALUES.has(name) && path.at(-1) !== 'properties' ? [] : regexesIn(inner, [...path, name]),
  );
}
