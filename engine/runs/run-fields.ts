import { parseJson, stringifyJson } from '../../connector/json.ts';
import type { Run } from './run.ts';

/**
 * How a run lies in its hash. What is known when it is made and never changes is one JSON field, `run`, and what only its end
 * tells is another, `end`; a field of its own has what changes, what scripts read, and what may be large. A hash with twenty
 * fields takes three times the memory of one with six, and as much longer to write and to read.
 */
const MADE = new Set([
  'id',
  'tenant',
  'purpose',
  'action',
  'action_version',
  'effect',
  'workflow',
  'workflow_version',
  'step',
  'parent',
  'linked_account',
  'authentication',
  'input_artifact',
  'sealed_input',
  'input_refs',
  'loop',
  'item_index',
  'retry',
  'depth',
  'turn',
  'root',
  'delivery',
  'page',
  'options',
  'replay_of',
  'created_at',
]);
const ENDED = new Set(['artifact', 'output_refs', 'sealed_output', 'warnings', 'error', 'launches', 'attempts']);
/** Never written when a run is made: `fromFields` gives them. */
const FIRST_VALUES: Partial<Run> = Object.freeze({ launches: [], attempts: 0, failures: 0, options: {} });

/** Fields that are JSON; the others are strings or numbers. */
const JSON_FIELDS = new Set([
  'run',
  'end',
  'input',
  'input_artifact',
  'page',
  'options',
  'output',
  'artifact',
  'warnings',
  'error',
  'launches',
  'state',
  'phases',
  'input_refs',
  'input_lines',
  'artifacts',
  'loop',
  'retry',
  'reused',
  'decision',
]);
const NUMBER_FIELDS = new Set([
  'action_version',
  'workflow_version',
  'attempts',
  'failures',
  'created_at',
  'started_at',
  'finished_at',
  'cancel_requested_at',
  'throttled_at',
  'item_index',
  'retried',
  'deadline',
  'depth',
]);

/** What says how a run stands, without what may be large. */
export const HEAD_FIELDS = [
  'run',
  'end',
  'status',
  'kind',
  'skipped',
  'deadline',
  'reused',
  'dead_letter',
  'retried',
  'concurrency_key',
  'waits_for',
  'page',
  'input_lines',
  'artifacts',
  'artifact',
  'error',
  'started_at',
  'finished_at',
  'cancel_requested_at',
] as const;

/** The fields of a new run's hash. */
export function packNew(run: Run): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  const apart: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(run)) {
    if (value === undefined || name === 'launches' || name === 'attempts' || name === 'failures') continue;
    if (MADE.has(name)) made[name] = value;
    else apart[name] = value;
  }
  return { run: made, ...apart };
}

/** The fields that the end of a run adds. */
export function packEnd(fields: Partial<Run>): Record<string, unknown> {
  const end: Record<string, unknown> = {};
  const apart: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (ENDED.has(name)) end[name] = value;
    else apart[name] = value;
  }
  return { end, ...apart };
}

/** Flat field, value, ... for HSET; `undefined` fields are left out. */
export function toFields(fields: Record<string, unknown>): string[] {
  const flat: string[] = [];
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    flat.push(name, JSON_FIELDS.has(name) ? stringifyJson(value) : String(value));
  }
  return flat;
}

/** The run of a flat HGETALL answer, or `undefined` when there is none. A field of its own counts more than the same one in `run`. */
export function fromFields(fields: string[] | Record<string, string>): Run | undefined {
  const given = Array.isArray(fields) ? toObject(fields) : fields;
  const { run: made, end, ...apart } = given;
  if (made === undefined && Object.keys(apart).length === 0) return undefined;
  const run: Record<string, unknown> = { ...FIRST_VALUES, ...(made === undefined ? {} : (parseJson(made) as object)) };
  for (const name of Object.keys(apart)) {
    const value = apart[name]!;
    run[name] = JSON_FIELDS.has(name) ? parseJson(value) : NUMBER_FIELDS.has(name) ? Number(value) : value;
  }
  if (end !== undefined) Object.assign(run, parseJson(end));
  return run as unknown as Run;
}

function toObject(flat: string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
}
