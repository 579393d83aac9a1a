import { valueAt, withValueAt } from '../data/pointer.ts';
import {
  FAILURE_LIST,
  idOf,
  isObject,
  type JsonObject,
  type Linked,
  linkedOf,
  listOf,
  MAIN_LIST,
  ON_FAILURE,
  type Place,
  placeOf,
  placesOf,
} from './document.ts';
import { freshId, idsOf, withFreshIds, withOwnIds } from './ids.ts';
import { renameReferences } from './references.ts';

/** Where steps are added. */
export interface Spot {
  /** Pointer of the list. */
  list: string;
  /** Id of the step after which they run; undefined: at the start of the list. */
  after?: string | undefined;
  /** Id of the step that then waits for them, on an edge. Without it, all steps that waited for `after` do. */
  before?: string | undefined;
}

/** The end of a list: after its last step. */
export function endOf(document: JsonObject, list: string = MAIN_LIST): Spot {
  const last = linkedOf(valueAt(document, list)).at(-1);
  return { list, after: last === undefined ? undefined : idOf(last.step) };
}

/** Adds steps, which have ids of their own. What followed at the spot follows them. */
export function insertSteps(document: JsonObject, spot: Spot, steps: readonly JsonObject[]): JsonObject {
  const list = linkedOf(valueAt(document, spot.list));
  const added = linkedOf(steps);
  const own = new Set(added.map(({ step }) => idOf(step)));
  const entry = spot.after === undefined ? [] : [spot.after];
  const inner = added.map(({ step, needs }) => {
    const inside = needs.filter((id) => own.has(id));
    return { step, needs: inside.length === 0 ? entry : inside };
  });
  const needed = new Set(inner.flatMap(({ needs }) => needs));
  const exits = [...own].filter((id) => !needed.has(id));
  const follows = ({ step, needs }: Linked) => {
    if (spot.before !== undefined && idOf(step) !== spot.before) return false;
    return spot.after === undefined ? needs.length === 0 : needs.includes(spot.after);
  };
  const rewired = list.map((linked) => {
    if (!follows(linked)) return linked;
    const needs = linked.needs.filter((id) => id !== spot.after);
    return { ...linked, needs: [...new Set([...needs, ...exits])] };
  });
  const at = spot.after === undefined ? -1 : list.findIndex(({ step }) => idOf(step) === spot.after);
  const next = [...rewired.slice(0, at + 1), ...inner, ...rewired.slice(at + 1)];
  return withList(document, spot.list, next);
}

/** A new step of an action, with an id that nothing has. */
export function newStep(document: JsonObject, action: string): JsonObject {
  return { id: freshId(action, idsOf(document)), action, input: {} };
}

/** Removes a step. What waited for it waits for what it waited for. A branch without steps is no branch any more. */
export function removeStep(document: JsonObject, key: string): JsonObject {
  const place = placeOf(document, key);
  if (place === undefined) return document;
  const rest = linkedOf(valueAt(document, place.list))
    .filter(({ index }) => index !== place.index)
    .map((linked) => {
      if (place.id === '' || !linked.needs.includes(place.id)) return linked;
      const needs = linked.needs.flatMap((id) => (id === place.id ? place.needs : [id]));
      return { ...linked, needs: [...new Set(needs)] };
    });
  return withList(document, place.list, rest);
}

/** Adds a copy of a step after it. Returns the key of the copy, too. */
export function duplicateStep(document: JsonObject, key: string): { document: JsonObject; key: string } {
  const place = placeOf(document, key);
  if (place === undefined) return { document, key };
  const { needs: _, ...step } = place.step;
  const [copy] = withFreshIds([step], idsOf(document));
  const spot = { list: place.list, after: place.id };
  return { document: insertSteps(document, spot, [copy!]), key: idOf(copy!) };
}

/**
 * Moves a step before or after its neighbor in the list. Where the one runs after the other, they change places in the order
 * of running; steps that do not wait for each other only change places in the document.
 */
export function moveStep(document: JsonObject, key: string, by: -1 | 1): JsonObject {
  const place = placeOf(document, key);
  if (place === undefined) return document;
  const list = linkedOf(valueAt(document, place.list));
  const at = list.findIndex(({ index }) => index === place.index);
  const [first, second] = by === -1 ? [list[at - 1], list[at]] : [list[at], list[at + 1]];
  if (first === undefined || second === undefined) return document;
  const [a, b] = [idOf(first.step), idOf(second.step)];
  const isChained = second.needs.includes(a);
  const swapped = list.map((linked) => {
    if (!isChained) return linked;
    if (linked === first) return { ...linked, needs: [b] };
    if (linked === second)
      return {
        ...linked,
        needs: merge(
          second.needs.filter((id) => id !== a),
          first.needs,
        ),
      };
    return linked.needs.includes(b)
      ? {
          ...linked,
          needs: merge(
            linked.needs.map((id) => (id === b ? a : id)),
            [],
          ),
        }
      : linked;
  });
  const from = list.indexOf(first);
  const [one, two] = [swapped[from]!, swapped[from + 1]!];
  return withList(document, place.list, [...swapped.slice(0, from), two, one, ...swapped.slice(from + 2)]);
}

/** The steps after which a step may run: those of its list that do not wait for it themselves. */
export function possibleNeeds(document: JsonObject, key: string): readonly Place[] {
  const place = placeOf(document, key);
  if (place === undefined) return [];
  const beside = placesOf(document).filter(({ list, id }) => list === place.list && id !== '');
  const waiting = new Set([place.id]);
  for (let size = 0; size < waiting.size; ) {
    size = waiting.size;
    for (const { id, needs } of beside) if (needs.some((need) => waiting.has(need))) waiting.add(id);
  }
  return beside.filter(({ id, key: other }) => other !== key && !waiting.has(id));
}

/** Sets after which steps a step runs. Other steps keep what they wait for. */
export function setNeeds(document: JsonObject, key: string, needs: readonly string[]): JsonObject {
  const place = placeOf(document, key);
  if (place === undefined) return document;
  const list = linkedOf(valueAt(document, place.list));
  const next = list.map((linked) => (linked.index === place.index ? { ...linked, needs } : linked));
  return withList(document, place.list, next);
}

/**
 * Gives a step another id, which `needs` and expressions everywhere follow. `left` counts expressions that mention the old id
 * in a way that cannot be followed, such as a text.
 */
export function renameStep(document: JsonObject, key: string, id: string): { document: JsonObject; left: number } {
  const place = placeOf(document, key);
  if (place === undefined || place.id === id) return { document, left: 0 };
  const ids = new Map([[place.id, id]]);
  // A second step of the same id, which is an error by itself, keeps what is meant for the first.
  const isShared = placesOf(document).filter((other) => other.id === place.id).length > 1;
  if (place.id === '' || isShared) return { document: withValueAt(document, `${place.pointer}/id`, id), left: 0 };
  const rename = (list: unknown) =>
    Array.isArray(list) ? list.map((step) => (isObject(step) ? withOwnIds(step, ids) : step)) : list;
  let left = 0;
  const parts = Object.entries(document).map(([name, value]) => {
    if (name !== 'steps' && name !== 'on_failure') return [name, value] as const;
    const renamed = renameReferences(value, ids);
    left += renamed.left;
    if (name === 'steps') return [name, rename(renamed.value)] as const;
    const branch = renamed.value;
    return [name, isObject(branch) ? { ...branch, steps: rename(branch.steps) } : branch] as const;
  });
  return { document: Object.fromEntries(parts), left };
}

/** What happens when a step fails: the run fails, or continues. Its branch, if it has one, stays. */
export function setAfterError(document: JsonObject, key: string, then: 'stop' | 'continue'): JsonObject {
  const place = placeOf(document, key);
  if (place === undefined) return document;
  const { on_error } = place.step;
  const pointer = `${place.pointer}/on_error`;
  if (isObject(on_error)) return withValueAt(document, pointer, { ...on_error, then });
  return withValueAt(document, pointer, then === 'stop' ? undefined : then);
}

/** The list of steps that run when a step fails, or the whole run (`ON_FAILURE`). Branches have no branches. */
export function branchList(document: JsonObject, branchOf: string): string | undefined {
  if (branchOf === ON_FAILURE) return FAILURE_LIST;
  const place = placeOf(document, branchOf);
  return place === undefined || place.branchOf !== undefined ? undefined : `${place.pointer}/on_error/steps`;
}

/** The document with another list of steps. Items of the list that are no steps stay at its end. */
function withList(document: JsonObject, pointer: string, linked: readonly Omit<Linked, 'index'>[]): JsonObject {
  const old = valueAt(document, pointer);
  const others = Array.isArray(old) ? old.filter((item) => !isObject(item)) : [];
  const steps = [...listOf(linked), ...others];
  const owner = pointer.slice(0, pointer.lastIndexOf('/'));
  if (pointer === MAIN_LIST) return { ...document, steps };
  const branch = valueAt(document, owner);
  if (steps.length === 0)
    return withValueAt(document, owner, pointer === FAILURE_LIST ? undefined : afterBranch(branch));
  const then = pointer === FAILURE_LIST ? {} : { then: branch === 'continue' ? 'continue' : 'stop' };
  return withValueAt(document, owner, isObject(branch) ? { ...branch, steps } : { steps, ...then });
}

function afterBranch(branch: unknown): unknown {
  return isObject(branch) && branch.then === 'continue' ? 'continue' : undefined;
}

function merge(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])];
}
