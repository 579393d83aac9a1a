/**
 * How a run lies in its hash, and the only place that knows. What is known when it is made and never changes is one JSON field, `run`, and
 * what only its end tells is another, `end`; a field of its own has what changes, what scripts read, and what may be large. A hash with
 * twenty fields takes three times the memory of one with six, and as much longer to write and to read.
 */
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { UnreadableField } from '../store/unreadable.ts';
import { type OpenRun, PURPOSES, RUN_STATUSES, type Run, type RunChange, type RunEnd } from './run.ts';

/** In `run`. */
const MADE: ReadonlySet<string> = new Set([
  'id',
  'tenant',
  'catalog',
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
  'trigger',
  'created_at',
]);
/** In `end`. */
const ENDED: ReadonlySet<string> = new Set([
  'artifact',
  'output_refs',
  'sealed_output',
  'warnings',
  'error',
  'launches',
  'attempts',
  'segments',
]);
/** Not written when a run is made. */
const FIRST_VALUES = Object.freeze({ launches: [], attempts: 0, failures: 0, options: {} });

type Form = 'text' | 'number' | 'flag' | 'json';

/** Fields of their own, by the form of their text. What is not listed here is of the scripts alone. */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>(
  Object.entries({
    status: 'text',
    kind: 'text',
    input: 'json',
    metadata: 'json',
    output: 'json',
    artifact: 'json',
    error: 'json',
    launches: 'json',
    attempts: 'number',
    failures: 'number',
    state: 'json',
    phases: 'json',
    artifacts: 'json',
    input_lines: 'json',
    page: 'json',
    reused: 'json',
    decision: 'json',
    skipped: 'flag',
    dead_letter: 'text',
    deadline: 'number',
    retried: 'number',
    concurrency_key: 'text',
    waits_for: 'text',
    replayed_by: 'text',
    replays: 'text',
    started_at: 'number',
    finished_at: 'number',
    cancel_requested_at: 'number',
    fencing_token: 'text',
    interactive: 'flag',
    throttled_at: 'number',
    isolated: 'text',
    pending_approvals: 'number',
  } as const),
);

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
  'metadata',
  'input_lines',
  'artifacts',
  'artifact',
  'error',
  'interactive',
  'isolated',
  'pending_approvals',
  'started_at',
  'finished_at',
  'cancel_requested_at',
] as const;

/** What lists show and filter by: no input, no output, and nothing that only activations need, which can be megabytes for one page. */
export const SUMMARY_FIELDS = [
  'run',
  'end',
  'status',
  'kind',
  'skipped',
  'deadline',
  'dead_letter',
  'retried',
  'concurrency_key',
  'waits_for',
  'page',
  'metadata',
  'error',
  'attempts',
  'decision',
  'pending_approvals',
  'replayed_by',
  'started_at',
  'finished_at',
  'cancel_requested_at',
] as const;

/** Field, value, ... of a new run's hash. */
export function encodeNew(run: OpenRun): string[] {
  return encodeMade(run);
}

/** Field, value, ... of the hash of a run that has ended as soon as it is there. */
export function encodeEndedNew(run: OpenRun, end: RunEnd, finishedAt: number): string[] {
  const { status, ...fields } = end;
  return [...encodeMade({ ...run, status, finished_at: finishedAt } as Run), ...encodeEnd(fields)];
}

/** Field, value, ... that the end of a run adds; its status is written by the script. */
export function encodeEnd(fields: Omit<RunEnd, 'status'>): string[] {
  return encodeApart(fields, ENDED, 'end');
}

/** Field, value, ... of what a claim changes. */
export function encodeChange(change: RunChange): string[] {
  const flat: string[] = [];
  for (const name in change) append(flat, name, change[name as keyof RunChange]);
  return flat;
}

/** Fields that are set by themselves, anyone who has claimed the run. */
export interface LooseFields {
  dead_letter: 'open' | 'closed';
  concurrency_key: string;
  waits_for: string;
  replayed_by: string;
  error: Run['error'];
  decision: Run['decision'];
}

/** The text of one field. */
export function encodeField<K extends keyof LooseFields>(name: K, value: LooseFields[K]): string {
  return encode(name, value);
}

/**
 * The run of a hash, or `undefined` when there is none. A field of its own counts more than the same one in `run`.
 * @throws UnreadableField for what is not as it was written, with the name of the field
 */
export function decodeRun(id: string, fields: string[] | Record<string, string>): Run | undefined {
  const run: Record<string, unknown> = { ...FIRST_VALUES };
  let end: string | undefined;
  let count = 0;
  const apart: Record<string, unknown> = {};
  const take = (name: string, text: string) => {
    count += 1;
    if (name === 'run') Object.assign(run, decodeObject('run', text));
    else if (name === 'end') end = text;
    else {
      const form = FORMS.get(name);
      if (form !== undefined) apart[name] = decode(name, form, text);
    }
  };
  if (Array.isArray(fields)) for (let i = 0; i + 1 < fields.length; i += 2) take(fields[i]!, fields[i + 1]!);
  else for (const name in fields) take(name, fields[name]!);
  if (count === 0) return undefined;
  Object.assign(run, apart);
  if (end !== undefined) Object.assign(run, decodeObject('end', end));
  return checked(id, run);
}

function encodeMade(run: Run): string[] {
  return encodeApart(run, MADE, 'run');
}

/** Those of `names` as one JSON field, the others as fields of their own. */
function encodeApart(fields: object, names: ReadonlySet<string>, whole: 'run' | 'end'): string[] {
  const together: Record<string, unknown> = {};
  const flat: string[] = [];
  for (const name of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[name];
    if (value === undefined || (whole === 'run' && name in FIRST_VALUES && name !== 'options')) continue;
    if (names.has(name)) together[name] = value;
    else append(flat, name, value);
  }
  flat.push(whole, stringifyJson(together));
  return flat;
}

function append(flat: string[], name: string, value: unknown): void {
  if (value !== undefined) flat.push(name, encode(name, value));
}

function encode(name: string, value: unknown): string {
  switch (FORMS.get(name)) {
    case 'json':
      return stringifyJson(value);
    case 'flag':
      return value === true ? '1' : '0';
    default:
      return String(value);
  }
}

function decode(name: string, form: Form, text: string): unknown {
  switch (form) {
    case 'text':
      return text;
    case 'number': {
      const number = Number(text);
      if (text === '' || !Number.isFinite(number)) throw new UnreadableField(name, 'is not a number');
      return number;
    }
    case 'flag':
      if (text !== '1' && text !== '0') throw new UnreadableField(name, 'is neither 1 nor 0');
      return text === '1';
    case 'json':
      try {
        return parseJson(text);
      } catch (cause) {
        throw new UnreadableField(name, 'is not valid JSON', cause);
      }
    default:
      return form satisfies never;
  }
}

function decodeObject(name: string, text: string): object {
  const value = decode(name, 'json', text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new UnreadableField(name, 'is not a JSON object');
  return value;
}

/** A run that has what its purpose, kind and status promise. */
function checked(id: string, run: Record<string, unknown>): Run {
  if (run.id !== id) throw new UnreadableField('id', 'is of another run, or missing');
  demand(run, 'tenant', 'string');
  demand(run, 'created_at', 'number');
  if (!(RUN_STATUSES as readonly unknown[]).includes(run.status)) throw new UnreadableField('status', 'is unknown');
  if (!(PURPOSES as readonly unknown[]).includes(run.purpose)) throw new UnreadableField('purpose', 'is unknown');
  const { purpose } = run as unknown as Run;
  if (run.kind !== 'action' && run.kind !== 'workflow') throw new UnreadableField('kind', 'is unknown');
  if (purpose !== 'step' && (run.kind === 'workflow') !== (purpose === 'workflow'))
    throw new UnreadableField('kind', `does not fit the purpose "${purpose}"`);
  if (run.kind === 'action') demand(run, 'action', 'string');
  else demand(run, 'workflow', 'string');
  if (purpose === 'step') {
    demand(run, 'parent', 'string');
    demand(run, 'step', 'string');
  }
  if (purpose === 'poll') {
    demand(run, 'workflow', 'string');
    demand(run, 'page', 'object');
  }
  if (run.status === 'succeeded' || run.status === 'failed' || run.status === 'canceled')
    demand(run, 'finished_at', 'number');
  return run as unknown as Run;
}

function demand(run: Record<string, unknown>, name: string, type: 'string' | 'number' | 'object'): void {
  const value = run[name];
  if (typeof value === type && value !== null && (type !== 'number' || Number.isFinite(value))) return;
  throw new UnreadableField(name, value === undefined ? 'is missing' : `is no ${type}`);
}
