import { parseJson, stringifyJson } from '../../connector/json.ts';
import {
  RENAMED_AUDIT_ACTIONS,
  RENAMED_AUDIT_TARGETS,
  RENAMED_EVENT_TYPES,
  RENAMED_METRIC_LABELS,
  RENAMED_METRICS,
  RENAMED_REQUEST_STATES,
  RENAMED_WORKFLOW_FIELDS,
} from './renamed-words.ts';

/** Where a step or trigger of a definition names event types. */
interface Use {
  id?: string;
  action?: string;
  input?: { types?: unknown };
  on_error?: unknown;
}

interface Definition {
  trigger: Use;
  steps: Use[];
  on_failure?: { steps: Use[] };
}

const LISTS_EVENTS = 'core.list_events';
const ON_EVENTS = 'core.event';

/** The entry of an event stream. */
export function renameInEvent(text: string): string {
  return changeJson<{ type: string }>(text, (event) => {
    const type = RENAMED_EVENT_TYPES[event.type];
    return type === undefined ? undefined : { ...event, type };
  });
}

/** The entry of an audit stream. */
export function renameInAudit(text: string): string {
  return changeJson<{ action: string; target: { kind: string } }>(text, (entry) => {
    const action = RENAMED_AUDIT_ACTIONS[entry.action] ?? entry.action;
    const kind = RENAMED_AUDIT_TARGETS[entry.target.kind] ?? entry.target.kind;
    if (action === entry.action && kind === entry.target.kind) return undefined;
    return { ...entry, action, target: { ...entry.target, kind } };
  });
}

/** The record of a webhook endpoint. */
export function renameInEndpoint(text: string): string {
  return changeJson<{ types?: unknown }>(text, (endpoint) => renameTypes(endpoint));
}

/** A version of a workflow. */
export function renameInDefinition(text: string): string {
  return changeJson<Definition>(text, (definition) => {
    const trigger = renameInUse(definition.trigger, ON_EVENTS);
    const steps = renameInSteps(definition.steps);
    const last = definition.on_failure && renameInSteps(definition.on_failure.steps);
    if (trigger === undefined && steps === undefined && last === undefined) return undefined;
    return {
      ...definition,
      trigger: trigger ?? definition.trigger,
      steps: steps ?? definition.steps,
      ...(last && { on_failure: { ...definition.on_failure, steps: last } }),
    };
  });
}

/** The record of a workflow. */
export function renameInWorkflow(text: string): string {
  return changeJson<Record<string, unknown>>(text, (workflow) => {
    const names = Object.keys(workflow);
    if (!names.some((name) => name in RENAMED_WORKFLOW_FIELDS)) return undefined;
    return Object.fromEntries(names.map((name) => [RENAMED_WORKFLOW_FIELDS[name] ?? name, workflow[name]]));
  });
}

/** What is stored under an Idempotency-Key: `<fingerprint> <answer>`, or `<fingerprint> <state> <run>`. */
export function renameInKeyed(text: string): string {
  const [print, state = '', run, ...more] = text.split(' ');
  const renamed = RENAMED_REQUEST_STATES[state];
  return renamed === undefined || more.length > 0 ? text : `${print} ${renamed} ${run}`;
}

/** The `run` field of a run: what was a call is an action. */
export function renamePurpose(made: string): string {
  if (!made.includes('"purpose":"call"')) return made;
  return changeJson<{ purpose?: unknown }>(made, (run) =>
    run.purpose === 'call' ? { ...run, purpose: 'action' } : undefined,
  );
}

/** The input of a run, where the action of its `run` field reads events. */
export function renameInInput(made: string, input: string): string {
  if (!made.includes(LISTS_EVENTS)) return input;
  return changeJson<{ types?: unknown }>(input, (value) => renameTypes(value));
}

/** A field of the meters: `<metric>|<labels>[|<bucket>]`. */
export function renameInMeter(field: string): string {
  const [metric = '', ...labels] = field.split('|');
  return [RENAMED_METRICS[metric] ?? metric, ...labels.map((label) => RENAMED_METRIC_LABELS[label] ?? label)].join('|');
}

/** The JSON that `change` makes, or the same text where it changes nothing or the text is no such JSON: lists tell of that. */
function changeJson<T>(text: string, change: (value: T) => T | undefined): string {
  try {
    const changed = change(parseJson(text) as T);
    return changed === undefined ? text : stringifyJson(changed);
  } catch {
    return text;
  }
}

function renameInSteps(steps: readonly Use[]): Use[] | undefined {
  let isChanged = false;
  const renamed = steps.map((step) => {
    const own = renameInUse(step, LISTS_EVENTS) ?? step;
    const branch = (own.on_error as { steps?: Use[] } | undefined)?.steps;
    const below = branch === undefined ? undefined : renameInSteps(branch);
    const changed = below === undefined ? own : { ...own, on_error: { ...(own.on_error as object), steps: below } };
    if (changed !== step) isChanged = true;
    return changed;
  });
  return isChanged ? renamed : undefined;
}

function renameInUse(use: Use, what: string): Use | undefined {
  if ((use.action ?? use.id) !== what || use.input === undefined) return undefined;
  const input = renameTypes(use.input);
  return input && { ...use, input };
}

/** An object whose `types` are event types; undefined where none was renamed. */
function renameTypes<T extends { types?: unknown }>(value: T): T | undefined {
  const { types } = value;
  if (!Array.isArray(types)) return undefined;
  const renamed = types.map((type) => (typeof type === 'string' ? (RENAMED_EVENT_TYPES[type] ?? type) : type));
  return renamed.every((type, i) => type === types[i]) ? undefined : { ...value, types: renamed };
}
