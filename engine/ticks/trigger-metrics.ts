import type { Context } from '../context.ts';
import type { Series } from '../load/meters.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { TRIGGER_STATES, type TriggerState, viewTrigger } from './trigger-view.ts';

/** One workflow, or all that are beyond the bound together. */
interface Row {
  labels: { tenant: string; workflow: string };
  states: Map<TriggerState, number>;
  /** Null: not known. */
  lagSeconds: number | null;
  events: number;
  failures: number;
  deadLetters: number;
  futureRows: number;
  polls: { count: number; ms: number };
}

/** A series for each workflow would let one tenant fill the memory of whoever scrapes. */
export const MAX_WORKFLOW_SERIES = 1000;
const OTHER = 'other';
/** Read at once from Redis. */
const BATCH = 100;
const MS = 1000;

/** The series of triggers that are enabled, by metric. */
export interface TriggerSeries {
  lag: Series[];
  state: Series[];
  events: Series[];
  failures: Series[];
  deadLetters: Series[];
  futureRows: Series[];
  polls: { labels: Record<string, string>; sum: number; count: number }[];
}

/** Reads the health of enabled triggers: the oldest workflows by their ids, at most `max`, and of each tenant the others together. */
export async function readTriggerSeries(ctx: Context, max = MAX_WORKFLOW_SERIES): Promise<TriggerSeries> {
  // Ids begin with their time, so that a workflow keeps its series when others are made.
  const ids = (await ctx.redis.zrange(ctx.keys.dueTicks(), '0', '-1')).sort();
  const rows = new Map<string, Row>();
  for (let at = 0; at < ids.length; at += BATCH) {
    const found = await Promise.all(ids.slice(at, at + BATCH).map((id) => readRow(ctx, id)));
    for (const [i, row] of found.entries()) {
      if (row === undefined) continue;
      const workflow = at + i < max ? row.labels.workflow : OTHER;
      const key = workflow === OTHER ? `${OTHER}:${row.labels.tenant}` : workflow;
      rows.set(key, merged(rows.get(key), { ...row, labels: { ...row.labels, workflow } }));
    }
  }
  const all = [...rows.values()];
  const of = (value: (row: Row) => number) => all.map((row): Series => ({ labels: row.labels, value: value(row) }));
  return {
    lag: all.flatMap(({ labels, lagSeconds }) => (lagSeconds === null ? [] : [{ labels, value: lagSeconds }])),
    state: all.flatMap(({ labels, states }) =>
      TRIGGER_STATES.filter((state) => labels.workflow !== OTHER || states.has(state)).map((state) => ({
        labels: { ...labels, state },
        value: states.get(state) ?? 0,
      })),
    ),
    events: of(({ events }) => events),
    failures: of(({ failures }) => failures),
    deadLetters: of(({ deadLetters }) => deadLetters),
    futureRows: of(({ futureRows }) => futureRows),
    polls: all.map(({ labels, polls }) => ({ labels, sum: polls.ms / MS, count: polls.count })),
  };
}

async function readRow(ctx: Context, id: string): Promise<Row | undefined> {
  const workflow = await readWorkflow(ctx, id);
  if (workflow === undefined) return undefined;
  // A workflow that is deleted at this moment has no series any more.
  const view = await viewTrigger(ctx, workflow).catch(() => undefined);
  if (view === undefined) return undefined;
  const { cursor, lag } = view;
  return {
    labels: { tenant: workflow.tenant, workflow: id },
    states: new Map([[view.state, 1]]),
    lagSeconds: lag?.seconds ?? null,
    events: cursor?.events ?? 0,
    failures: cursor?.failuresTotal ?? 0,
    deadLetters: view.deadLettersOpen ?? 0,
    futureRows: view.futureRows ?? 0,
    polls: cursor?.polls ?? { count: 0, ms: 0 },
  };
}

/** Sums, and of lags the longest. */
function merged(a: Row | undefined, b: Row): Row {
  if (a === undefined) return b;
  const states = new Map(a.states);
  for (const [state, count] of b.states) states.set(state, (states.get(state) ?? 0) + count);
  return {
    labels: b.labels,
    states,
    lagSeconds:
      a.lagSeconds === null || b.lagSeconds === null
        ? (a.lagSeconds ?? b.lagSeconds)
        : Math.max(a.lagSeconds, b.lagSeconds),
    events: a.events + b.events,
    failures: a.failures + b.failures,
    deadLetters: a.deadLetters + b.deadLetters,
    futureRows: a.futureRows + b.futureRows,
    polls: { count: a.polls.count + b.polls.count, ms: a.polls.ms + b.polls.ms },
  };
}
