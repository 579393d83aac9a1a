import { idOf, isObject, type JsonObject, placesOf } from './document.ts';
import { renameReferences } from './references.ts';

const ID = /^[a-z][a-z0-9_]*$/;
const MAX_ID_LENGTH = 60;

/** What is wrong with a new id of a step; undefined for one that may be used. */
export function idProblem(id: string, taken: ReadonlySet<string>): string | undefined {
  if (!ID.test(id)) return 'must begin with a small letter and have only small letters, digits and _';
  if (id.length > MAX_ID_LENGTH) return `must have at most ${MAX_ID_LENGTH} characters`;
  return taken.has(id) ? `"${id}" is the id of another step` : undefined;
}

export function idsOf(document: JsonObject): Set<string> {
  return new Set(placesOf(document).map(({ id }) => id));
}

/** An id of a step that nothing has: `query`, `query_2`. Made of the last part of an action's id, or of another id. */
export function freshId(base: string, taken: ReadonlySet<string>): string {
  const last = base.slice(base.lastIndexOf('.') + 1);
  const letters = last.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  const clean = (ID.test(letters) ? letters : `step_${letters}`).slice(0, MAX_ID_LENGTH - 5);
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? clean : `${clean}_${count}`;
    if (!taken.has(id)) return id;
  }
}

/** Copies of steps with ids that nothing has, in which `needs` and expressions name the copies. Other steps stay named. */
export function withFreshIds(steps: readonly JsonObject[], taken: ReadonlySet<string>): JsonObject[] {
  const all = new Set(taken);
  const ids = new Map<string, string>();
  const name = (list: unknown): void => {
    if (!Array.isArray(list)) return;
    for (const step of list) {
      if (!isObject(step)) continue;
      const id = idOf(step);
      const fresh = id !== '' && !all.has(id) && ID.test(id) ? id : freshId(id.replace(/_\d{1,3}$/, '') || 'step', all);
      all.add(fresh);
      if (!ids.has(id)) ids.set(id, fresh);
      if (isObject(step.on_error)) name(step.on_error.steps);
    }
  };
  name(steps);
  const renamed = new Map([...ids].filter(([id, fresh]) => id !== '' && id !== fresh));
  return steps.map((step) => withIds(step, ids, renamed));
}

/** The step with other ids in it: its own, those of its branch, in `needs` and in expressions. */
function withIds(
  step: JsonObject,
  ids: ReadonlyMap<string, string>,
  references: ReadonlyMap<string, string> = ids,
): JsonObject {
  const changed = renameReferences(step, references).value as JsonObject;
  return withOwnIds(changed, ids);
}

/** Only ids and `needs`, without expressions. */
export function withOwnIds(step: JsonObject, ids: ReadonlyMap<string, string>): JsonObject {
  const next: Record<string, unknown> = { ...step };
  const id = ids.get(idOf(step));
  if (id !== undefined) next.id = id;
  if (Array.isArray(step.needs)) {
    next.needs = step.needs.map((each) => (typeof each === 'string' ? (ids.get(each) ?? each) : each));
  }
  if (isObject(step.on_error) && Array.isArray(step.on_error.steps)) {
    const steps = step.on_error.steps.map((each) => (isObject(each) ? withOwnIds(each, ids) : each));
    next.on_error = { ...step.on_error, steps };
  }
  return next;
}
