import type { ValidationError } from '../../connector/errors.ts';
import type { Step, WorkflowDefinition } from './workflow-schema.ts';

/** A step with what decides when it may begin. */
export interface PlannedStep {
  step: Step;
  /** Steps that must have ended before. */
  needs: readonly string[];
  /** Of a step in an error branch: the step whose failure begins it, or `ON_FAILURE` for the failure of the whole. */
  branchOf?: string;
  /** JSON pointer in the definition. */
  pointer: string;
}

/** What the steps of `on_failure` belong to; no step has such an id. */
export const ON_FAILURE = '';

/** The steps of a workflow, those of error branches after the step they belong to, those of `on_failure` last. */
export interface Plan {
  steps: ReadonlyMap<string, PlannedStep>;
  /** What a step may read: every step that is certain to have ended when it starts. */
  before(id: string): string[];
}

/** Lays out the steps. Validation errors (ids that repeat, needs that lead nowhere or in a circle) go into `validationErrors`. */
export function planOf(
  definition: Pick<WorkflowDefinition, 'steps' | 'on_failure'>,
  validationErrors: ValidationError[] = [],
): Plan {
  const steps = new Map<string, PlannedStep>();
  lay(definition.steps, '/steps', undefined);
  if (definition.on_failure !== undefined) lay(definition.on_failure.steps, '/on_failure/steps', ON_FAILURE);
  for (const planned of steps.values()) validationErrors.push(...wrongNeeds(planned, steps));
  const circle = findCircle(steps);
  if (circle !== undefined) {
    validationErrors.push({
      pointer: `${steps.get(circle[0]!)!.pointer}/needs`,
      message: `has a cycle: ${[...circle, circle[0]].join(' needs ')}`,
    });
  }
  return { steps, before: (id) => [...reach(steps, id, new Set())] };

  function lay(list: Step[], pointer: string, branchOf: string | undefined): void {
    let previous: string | undefined;
    for (const [i, step] of list.entries()) {
      const at = `${pointer}/${i}`;
      if (steps.has(step.id))
        validationErrors.push({ pointer: `${at}/id`, message: `"${step.id}" is the id of another step` });
      const needs = step.needs ?? (previous === undefined ? [] : [previous]);
      steps.set(step.id, { step, needs, pointer: at, ...(branchOf === undefined ? {} : { branchOf }) });
      previous = step.id;
      if (typeof step.on_error !== 'object') continue;
      if (branchOf === undefined) lay(step.on_error.steps, `${at}/on_error/steps`, step.id);
      else
        validationErrors.push({
          pointer: `${at}/on_error`,
          message: 'must be stop or continue: error branches and on_failure cannot have branches of their own',
        });
    }
  }
}

function wrongNeeds(planned: PlannedStep, steps: ReadonlyMap<string, PlannedStep>): ValidationError[] {
  const beside = [...steps.values()].filter(({ branchOf }) => branchOf === planned.branchOf).map(({ step }) => step.id);
  return planned.needs.flatMap((id, i) => {
    if (beside.includes(id)) return [];
    const why = steps.has(id)
      ? 'is in a different branch; a step can only need steps of its own branch'
      : 'is not a step';
    const allowed = beside.filter((other) => other !== planned.step.id);
    return [{ pointer: `${planned.pointer}/needs/${i}`, message: `"${id}" ${why}`, allowed }];
  });
}

/** The ids of one circle of needs, if there is one. */
function findCircle(steps: ReadonlyMap<string, PlannedStep>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): string[] | undefined => {
    if (done.has(id)) return undefined;
    const at = path.indexOf(id);
    if (at >= 0) return path.slice(at);
    path.push(id);
    for (const need of steps.get(id)?.needs ?? []) {
      const found = visit(need);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(id);
    return undefined;
  };
  for (const id of steps.keys()) {
    const found = visit(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function reach(steps: ReadonlyMap<string, PlannedStep>, id: string, found: Set<string>): Set<string> {
  const planned = steps.get(id);
  const direct = [...(planned?.needs ?? []), ...causesOf(steps, planned?.branchOf)];
  for (const need of direct) {
    if (found.has(need)) continue;
    found.add(need);
    reach(steps, need, found);
  }
  return found;
}

/** The steps whose failure begins a branch; of the whole any may be it. */
function causesOf(steps: ReadonlyMap<string, PlannedStep>, branchOf: string | undefined): string[] {
  if (branchOf === undefined) return [];
  if (branchOf !== ON_FAILURE) return [branchOf];
  return [...steps.values()].filter((other) => other.branchOf !== ON_FAILURE).map(({ step }) => step.id);
}
