import { isDeepStrictEqual } from 'node:util';
import { escapePart } from '../../connector/json-pointer.ts';
import { planOf } from '../workflows/workflow-plan.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';

/** What is different at one place of a value; never what stands there. */
export interface ValueChange {
  /** JSON pointer (RFC 6901); empty for the whole value. */
  pointer: string;
  change: 'added' | 'removed' | 'changed';
}

/** How a step of another version differs. */
export interface StepChange {
  step: string;
  change: 'added' | 'removed' | 'changed';
  /** Of a changed step: which of its fields. */
  fields?: string[];
}

/** How one version of a workflow differs from another. */
export interface VersionChanges {
  steps: StepChange[];
  /** Other fields of the definition. */
  fields: string[];
}

/** Not what a version does: the name of a workflow, and how it was saved. */
const NOT_COMPARED = new Set(['name', 'description', 'enabled', 'publish', 'steps', 'on_failure']);
const STEPS_OF_BRANCHES = new Set(['on_error']);

/** The places at which two values differ, `max` at most, outermost first. Takes time in proportion to their size. */
export function differencesOf(before: unknown, after: unknown, max: number): ValueChange[] {
  const found: ValueChange[] = [];
  compare(before, after, '', { found, max });
  return found;
}

/** Compares steps by their ids, wherever they stand, and the rest field by field. */
export function versionChanges(before: WorkflowDefinition, after: WorkflowDefinition): VersionChanges {
  const [old, now] = [planOf(before).steps, planOf(after).steps];
  const steps: StepChange[] = [];
  for (const [id, { step, branchOf, needs }] of now) {
    const other = old.get(id);
    if (other === undefined) {
      steps.push({ step: id, change: 'added' });
      continue;
    }
    const fields = changedFields(other.step, step).filter((field) => !STEPS_OF_BRANCHES.has(field));
    // What stands before a step without `needs` is what it needs.
    if (!isDeepStrictEqual(other.needs, needs) && !fields.includes('needs')) fields.push('needs');
    if (other.branchOf !== branchOf || !isDeepStrictEqual(thenOf(other.step), thenOf(step))) fields.push('on_error');
    if (fields.length > 0) steps.push({ step: id, change: 'changed', fields });
  }
  for (const id of old.keys()) if (!now.has(id)) steps.push({ step: id, change: 'removed' });
  return { steps, fields: changedFields(before, after).filter((field) => !NOT_COMPARED.has(field)) };
}

/** What `on_error` says beside the steps of its branch, which are compared by themselves. */
function thenOf({ on_error }: { on_error: unknown }): unknown {
  return typeof on_error === 'object' && on_error !== null ? { then: (on_error as { then: unknown }).then } : on_error;
}

function changedFields(before: object, after: object): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const at = (of: object, name: string) => (of as Record<string, unknown>)[name];
  return [...names].filter((name) => !isDeepStrictEqual(at(before, name), at(after, name)));
}

function compare(before: unknown, after: unknown, pointer: string, list: { found: ValueChange[]; max: number }): void {
  if (list.found.length >= list.max) return;
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (!isDeepStrictEqual(before, after)) list.found.push({ pointer, change: 'changed' });
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (list.found.length >= list.max) return;
    const at = `${pointer}/${escapePart(name)}`;
    if (!Object.hasOwn(before, name)) list.found.push({ pointer: at, change: 'added' });
    else if (!Object.hasOwn(after, name)) list.found.push({ pointer: at, change: 'removed' });
    else compare(before[name], after[name], at, list);
  }
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
