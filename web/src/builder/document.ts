import { isUnder } from '../data/pointer.ts';

/** A JSON object of a draft: what is not known here is kept as it is. */
export type JsonObject = { readonly [name: string]: unknown };

/** A step where it stands in the document. */
export interface Place {
  /** Names the step while it is edited: its id, or its pointer where it has none of its own. */
  key: string;
  /** Empty where the document gives none. */
  id: string;
  step: JsonObject;
  pointer: string;
  /** Pointer of the list that it is in. */
  list: string;
  index: number;
  /** Ids that must end before, by `needs` or by the order of the list. */
  needs: readonly string[];
  /** The step whose failure starts it, or `ON_FAILURE`; undefined in the main list. */
  branchOf: string | undefined;
}

/** `branchOf` of the steps that run when the whole run fails. No key is empty. */
export const ON_FAILURE = '';
export const MAIN_LIST = '/steps';
export const FAILURE_LIST = '/on_failure/steps';

const known = new WeakMap<JsonObject, readonly Place[]>();

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Every step: those of error branches after the step that they belong to, those of `on_failure` last. */
export function placesOf(document: JsonObject): readonly Place[] {
  const found = known.get(document);
  if (found !== undefined) return found;
  const places: Place[] = [];
  const keys = new Set<string>();
  const lay = (list: unknown, pointer: string, branchOf: string | undefined) => {
    for (const { step, needs, index } of linkedOf(list)) {
      const at = `${pointer}/${index}`;
      const id = idOf(step);
      const key = id === '' || keys.has(id) ? at : id;
      keys.add(key);
      places.push({ key, id, step, pointer: at, list: pointer, index, needs, branchOf });
      if (isObject(step.on_error)) lay(step.on_error.steps, `${at}/on_error/steps`, key);
    }
  };
  lay(document.steps, MAIN_LIST, undefined);
  if (isObject(document.on_failure)) lay(document.on_failure.steps, FAILURE_LIST, ON_FAILURE);
  known.set(document, places);
  return places;
}

export function placeOf(document: JsonObject, key: string | undefined): Place | undefined {
  return placesOf(document).find((place) => place.key === key);
}

/** The step at a pointer, or around it: where an error of the check belongs. */
export function placeAround(document: JsonObject, pointer: string): Place | undefined {
  return placesOf(document)
    .filter((place) => isUnder(pointer, place.pointer))
    .at(-1);
}

/** A step of a list with what it effectively needs. */
export interface Linked {
  step: JsonObject;
  needs: readonly string[];
  /** Where it is in the list; items that are no objects are skipped. */
  index: number;
}

/** The steps of a list; `needs` is the previous step where a step names none. */
export function linkedOf(list: unknown): Linked[] {
  if (!Array.isArray(list)) return [];
  const linked: Linked[] = [];
  for (const [index, step] of list.entries()) {
    if (!isObject(step)) continue;
    const previous = linked.at(-1);
    const named = Array.isArray(step.needs)
      ? step.needs.filter((id): id is string => typeof id === 'string')
      : undefined;
    linked.push({ step, needs: named ?? (previous === undefined ? [] : [idOf(previous.step)]), index });
  }
  return linked;
}

/** A list of steps that need what `linked` says; `needs` is written only where the order does not say it. */
export function listOf(linked: readonly Omit<Linked, 'index'>[]): JsonObject[] {
  return linked.map(({ step, needs }, at) => {
    const byOrder = at === 0 ? [] : [idOf(linked[at - 1]!.step)];
    const now = Array.isArray(step.needs) ? step.needs : byOrder;
    if (isSame(now, needs)) return step;
    const { needs: _, ...rest } = step;
    return isSame(byOrder, needs) ? rest : { ...rest, needs: [...needs] };
  });
}

export function idOf(step: JsonObject): string {
  return typeof step.id === 'string' ? step.id : '';
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}
