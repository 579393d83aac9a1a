import { isDeepStrictEqual } from 'node:util';
import { partsOf, pointerOf } from '../../connector/json-pointer.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { HIDDEN } from '../secrets/plain-names.ts';
import { type SecretPlace, type SecretPlaces, secretPlaces } from '../secrets/secret-places.ts';

/** A part of a draft with an input: the trigger, or a step at any depth. */
interface Part {
  /** `trigger`, or `step` and its id: the same part in another draft of the workflow. */
  key: string;
  /** Id of the trigger or action. */
  uses: string;
  input: JsonObject;
  pointer: string;
}

/** The draft as it may be shown: secrets are hidden as in a version. */
export function hideDraftSecrets(ctx: Context, definition: JsonObject): JsonObject {
  const shown = structuredClone(definition);
  for (const [pointer, place] of placesOf(ctx, definition)) setAt(shown, partsOf(pointer), place.shown);
  return shown;
}

/**
 * A draft that was made of one that is shown: hidden texts get their values back. Those of `secrets` by name; those of an
 * input only where the whole input is unchanged, since another one may send them elsewhere. What has no value stays hidden
 * and is refused when the draft is published.
 */
export function keepDraftSecrets(ctx: Context, given: JsonObject, known: JsonObject): JsonObject {
  const kept = structuredClone(given);
  const secrets = isObject(kept.secrets) ? kept.secrets : {};
  for (const [name, value] of Object.entries(secrets)) {
    const old = isObject(known.secrets) ? known.secrets[name] : undefined;
    if (value === HIDDEN && typeof old === 'string') secrets[name] = old;
  }
  const shownParts = new Map(partsIn(hideDraftSecrets(ctx, known)).map((part) => [part.key, part]));
  const knownParts = new Map(partsIn(known).map((part) => [part.key, part]));
  for (const { key, uses, input, pointer } of partsIn(kept)) {
    const [shown, old] = [shownParts.get(key), knownParts.get(key)];
    if (shown === undefined || shown.uses !== uses || !isDeepStrictEqual(shown.input, input)) continue;
    setAt(kept, [...partsOf(pointer), 'input'], structuredClone(old!.input));
  }
  return kept;
}

function placesOf(ctx: Context, definition: JsonObject): SecretPlaces {
  const { actions, triggers } = ctx.manifests;
  const places = new Map<string, SecretPlace>();
  if (isObject(definition.secrets)) {
    for (const name of Object.keys(definition.secrets)) {
      places.set(pointerOf(['secrets', name]), { shown: HIDDEN, credentials: [] });
    }
  }
  for (const { key, uses, input, pointer } of partsIn(definition)) {
    const manifest = key === 'trigger' ? triggers.get(uses)?.manifest : actions.get(uses)?.manifest;
    const found = secretPlaces(manifest?.input ?? {}, input, [...partsOf(pointer), 'input']);
    for (const [at, place] of found) places.set(at, place);
  }
  return places;
}

/** Every part of a draft, which may be incomplete and of any shape. */
function partsIn(value: unknown, path: readonly string[] = []): Part[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => partsIn(item, [...path, String(i)]));
  if (!isObject(value)) return [];
  const uses = path.length === 1 && path[0] === 'trigger' ? value.id : value.action;
  const found: Part[] =
    typeof uses === 'string' && isObject(value.input)
      ? [
          {
            key: path[0] === 'trigger' ? 'trigger' : `step ${String(value.id)}`,
            uses,
            input: value.input,
            pointer: pointerOf(path),
          },
        ]
      : [];
  // Inputs are data: what looks like a step in one is none.
  const inner = Object.entries(value).filter(([name]) => ['steps', 'on_error', 'on_failure', 'trigger'].includes(name));
  return [...found, ...inner.flatMap(([name, item]) => partsIn(item, [...path, name]))];
}

function setAt(root: unknown, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, name) => (at as JsonObject)[name], root);
  (parent as Record<string, unknown>)[path.at(-1)!] = value;
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
