import { parseExact, stringifyExact } from '../data/json.ts';
import { withValueAt } from '../data/pointer.ts';
import { idOf, isObject, type JsonObject, placeOf, placesOf } from './document.ts';
import { insertSteps, type Spot } from './edit.ts';
import { idsOf, withFreshIds } from './ids.ts';

/** What the API stores of one definition, in bytes. */
const MAX_BYTES = 1_048_576;
export const MAX_STEPS = 100;

export type Read<Value> = { value: Value } | { problem: string };

/** The text of steps on the clipboard. */
export function copySteps(document: JsonObject, keys: readonly string[]): string {
  const steps = keys.flatMap((key) => placeOf(document, key)?.step ?? []);
  return stringifyExact({ steps }, 2);
}

/** Steps of a text: `{"steps": […]}`, a list of steps, or one step. Nothing else is a paste; it says why. */
export function readSteps(text: string): Read<JsonObject[]> {
  const read = readJson(text);
  if ('problem' in read) return read;
  const { value } = read;
  const list = Array.isArray(value) ? value : isObject(value) && Array.isArray(value.steps) ? value.steps : [value];
  const steps = list.filter((step): step is JsonObject => isObject(step) && typeof step.action === 'string');
  if (steps.length === 0 || steps.length < list.length)
    return { problem: 'The clipboard has no steps: a step is JSON with "id" and "action".' };
  return { value: steps };
}

/** Pastes steps with ids that nothing has; one undo removes them. Returns the key of the first. */
export function pasteSteps(
  document: JsonObject,
  spot: Spot,
  steps: readonly JsonObject[],
): Read<{ document: JsonObject; key: string }> {
  const count = placesOf(document).length + steps.length;
  if (count > MAX_STEPS) {
    return { problem: `A workflow has at most ${MAX_STEPS} steps; with what is pasted it would have ${count}.` };
  }
  const fresh = withFreshIds(steps, idsOf(document));
  return { value: { document: insertSteps(document, spot, fresh), key: idOf(fresh[0]!) } };
}

/**
 * The text of a file. `document` is as the API shows it, with hidden secrets; what belongs to the record is left out. Accounts have
 * their names, which somebody elsewhere can read; `names` has them by id.
 */
export function exportFile(document: JsonObject, names: ReadonlyMap<string, string>): string {
  const { enabled: _, publish: __, ...rest } = withAccounts(document, names);
  return `${stringifyExact(rest, 2)}\n`;
}

/** A workflow of a file. Its accounts are named as they were where it comes from. */
export function importFile(text: string): Read<{ document: JsonObject; accounts: string[] }> {
  const read = readJson(text);
  if ('problem' in read) return read;
  const { value } = read;
  if (!isObject(value) || !Array.isArray(value.steps) || !isObject(value.trigger))
    return { problem: 'The file has no workflow: it is JSON with "trigger" and "steps".' };
  const { enabled: _, publish: __, ...document } = value;
  return { value: { document, accounts: accountsOf(document) } };
}

/** An account that a document names, and the connectors whose steps use it. */
export interface NamedAccount {
  name: string;
  connectors: readonly string[];
}

/** The accounts of a document, each once, to choose others for them. */
export function namedAccounts(document: JsonObject): NamedAccount[] {
  const found = new Map<string, Set<string>>();
  for (const { part, uses } of partsOf(document)) {
    const name = part.linked_account;
    if (typeof name !== 'string' || name.includes('{{')) continue;
    const connectors = found.get(name) ?? new Set();
    found.set(name, connectors.add(uses.split('.')[0]!));
  }
  return [...found].map(([name, connectors]) => ({ name, connectors: [...connectors] }));
}

/** The document with other accounts: those of `chosen`, by the name that it has; an empty text leaves a step without one. */
export function withAccounts(document: JsonObject, chosen: ReadonlyMap<string, string>): JsonObject {
  let changed = document;
  for (const { part, pointer } of partsOf(document)) {
    const next = typeof part.linked_account === 'string' ? chosen.get(part.linked_account) : undefined;
    if (next !== undefined) changed = withValueAt(changed, `${pointer}/linked_account`, next === '' ? undefined : next);
  }
  return changed;
}

/** The trigger and all steps, with the id of what they use. */
function partsOf(document: JsonObject): { part: JsonObject; pointer: string; uses: string }[] {
  const trigger = isObject(document.trigger) ? [{ part: document.trigger, pointer: '/trigger' }] : [];
  const steps = placesOf(document).map(({ step, pointer }) => ({ part: step, pointer }));
  return [...trigger, ...steps].map(({ part, pointer }) => ({
    part,
    pointer,
    uses: String((pointer === '/trigger' ? part.id : part.action) ?? ''),
  }));
}

/** The names or ids of linked accounts in a document, each once. */
export function accountsOf(document: JsonObject): string[] {
  return namedAccounts(document).map(({ name }) => name);
}

/** JSON of a text of at most what the API takes. Numbers that would lose digits are refused. */
export function readJson(text: string): Read<unknown> {
  const bytes = new TextEncoder().encode(text.slice(0, MAX_BYTES + 1)).length;
  if (bytes > MAX_BYTES) {
    return { problem: `The text is too long: a workflow has at most ${(MAX_BYTES / 1024).toLocaleString('en')} kB.` };
  }
  try {
    return { value: parseExact(text) };
  } catch (error) {
    return { problem: `The text is not JSON: ${(error as Error).message}` };
  }
}
