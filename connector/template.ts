import { createBoundedCache } from './bounded-cache.ts';
import type { Json } from './manifest.ts';

/** What references of a manifest may name; a scope that is not there makes each of its references missing. */
export interface Scopes {
  input?: unknown;
  options?: unknown;
  run?: { id: string; token: string };
  account?: unknown;
  start?: unknown;
  last?: unknown;
  items?: unknown;
  /** `next` is what continues where the pages stopped, `more` whether anything is left. */
  pages?: { more: boolean; count: number; next?: unknown; artifact?: unknown };
  /** `now` is epoch ms as text, `now_seconds` whole seconds. */
  cursor?: { value?: unknown; key?: unknown; now?: string; now_seconds?: string };
  /** Of a webhook that is registered at its service; `id` is the service's. */
  webhook?: { url: string; secret: string; id?: string };
}

const REFERENCE = /^\$[a-z]+(?:\.[A-Za-z0-9_]+)*$/;
const DOLLAR = 36;

/**
 * The value of a template: a string that is wholly `$scope.path` becomes that value with its type, `$$` begins a
 * string with a dollar, `{"$first": [...]}` is the first element that is neither missing nor null. What comes out of a scope is never read as a template again.
 * A missing value is `undefined` at the top, drops its property in an object and its element in an array.
 */
export function resolveTemplate(template: Json, scopes: Scopes): unknown {
  if (typeof template === 'string') return resolveString(template, scopes);
  if (template === null || typeof template !== 'object') return template;
  if (Array.isArray(template)) {
    return template.map((item) => resolveTemplate(item, scopes)).filter((item) => item !== undefined);
  }
  const choices = choicesIn(template);
  if (choices !== undefined) return firstOf(choices, scopes);
  const resolved: Record<string, unknown> = {};
  for (const key in template) {
    const value = resolveTemplate(template[key] as Json, scopes);
    if (value !== undefined) resolved[key] = value;
  }
  return resolved;
}

/** The value at a dotted path; `undefined` when a step is missing. Own properties only, array elements by index. */
export function readPath(value: unknown, path: string): unknown {
  return follow(value, stepsOf(path));
}

function follow(value: unknown, steps: readonly string[]): unknown {
  let current = value;
  for (const step of steps) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string, unknown>)[step];
  }
  return current;
}

/** About 10,000 paths. */
const MAX_KNOWN_CHARACTERS = 1_500_000;
/** No manifest has a longer path; a longer one of a user is split each time. */
const MAX_LENGTH = 200;

/** Splitting was a fifth of a small run's time; manifests have some thousand paths, and users' own must not fill memory. */
function remembered(split: (text: string) => readonly string[] | undefined) {
  const known = createBoundedCache<readonly string[]>(MAX_KNOWN_CHARACTERS);
  return (text: string): readonly string[] | undefined => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const steps = split(text);
    if (steps !== undefined && text.length <= MAX_LENGTH) known.set(text, steps);
    return steps;
  };
}

const stepsOf = remembered((path) => path.split('.')) as (path: string) => readonly string[];
/** Kept under the manifest's own string: a piece cut from it would be hashed again each time. */
const referenceSteps = remembered((text) => (REFERENCE.test(text) ? text.slice(1).split('.') : undefined));

/** The value of `scope.path` (a reference without its dollar). */
export function readScope(reference: string, scopes: Scopes): unknown {
  return readPath(scopes, reference);
}

/** Every reference in a template as `scope.path`, each once, in the order of its first use. */
export function referencesOf(template: Json | undefined): string[] {
  const found = new Set<string>();
  collect(template, found);
  return [...found];
}

function resolveString(text: string, scopes: Scopes): unknown {
  if (text.charCodeAt(0) !== DOLLAR) return text;
  if (text.charCodeAt(1) === DOLLAR) return text.slice(1);
  const steps = referenceSteps(text);
  return steps === undefined ? text : follow(scopes, steps);
}

function choicesIn(template: { [key: string]: Json }): Json[] | undefined {
  const list = template.$first;
  return Array.isArray(list) && Object.keys(template).length === 1 ? list : undefined;
}

function firstOf(choices: Json[], scopes: Scopes): unknown {
  for (const choice of choices) {
    const value = resolveTemplate(choice, scopes);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function collect(template: Json | undefined, found: Set<string>): void {
  if (typeof template === 'string') {
    if (REFERENCE.test(template)) found.add(template.slice(1));
    return;
  }
  if (template === null || typeof template !== 'object') return;
  for (const item of Object.values(template)) collect(item, found);
}
