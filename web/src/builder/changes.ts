import { isSame } from '../data/json.ts';
import { isObject, type JsonObject, placesOf } from './document.ts';

/** What is different in one part of a workflow. */
export interface Change {
  kind: 'added' | 'removed' | 'changed';
  /** `trigger`, `step`, or `setting`. */
  of: 'trigger' | 'step' | 'setting';
  /** Id of the step, or name of the setting. */
  name: string;
  /** Properties that differ, of what was changed. */
  fields: readonly string[];
}

/** What belongs to the record and not to a version. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['steps', 'on_failure', 'trigger', 'enabled', 'publish']);

/** The differences of two definitions, part by part. Defaults that only one of them writes out are none. */
export function changesBetween(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = [];
  const fields = fieldsThatDiffer(part(before.trigger), part(after.trigger));
  if (fields.length > 0) changes.push({ kind: 'changed', of: 'trigger', name: String(part(after.trigger).id), fields });
  const [old, next] = [stepsOf(before), stepsOf(after)];
  for (const [name, step] of next) {
    const was = old.get(name);
    if (was === undefined) changes.push({ kind: 'added', of: 'step', name, fields: [] });
    else {
      const differ = fieldsThatDiffer(was, step);
      if (differ.length > 0) changes.push({ kind: 'changed', of: 'step', name, fields: differ });
    }
  }
  for (const name of old.keys()) if (!next.has(name)) changes.push({ kind: 'removed', of: 'step', name, fields: [] });
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (NOT_COMPARED.has(name) || isSame(withDefault(name, before[name]), withDefault(name, after[name]))) continue;
    const kind = before[name] === undefined ? 'added' : after[name] === undefined ? 'removed' : 'changed';
    changes.push({ kind, of: 'setting', name, fields: [] });
  }
  return changes;
}

/** Steps by id, with what they effectively need, and a branch without its steps, which are listed by themselves. */
function stepsOf(document: JsonObject): Map<string, JsonObject> {
  return new Map(
    placesOf(document).map(({ key, step, needs, branchOf }) => {
      const onError = isObject(step.on_error) ? { then: step.on_error.then ?? 'stop' } : step.on_error;
      return [key, { ...step, needs, on_error: onError, branch_of: branchOf }];
    }),
  );
}

function fieldsThatDiffer(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isSame(withDefault(name, before[name]), withDefault(name, after[name])));
}

/** The API writes these out when it stores a version. */
function withDefault(name: string, value: unknown): unknown {
  if (value === undefined) return { input: {}, on_error: 'stop', notify: ['failed'] }[name];
  if (name === 'for_each' && isObject(value)) return { concurrency: 1, on_error: 'stop', ...value };
  if (name === 'retry' && isObject(value)) return { delay_seconds: 10, max_delay_seconds: 600, ...value };
  return value;
}

function part(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
