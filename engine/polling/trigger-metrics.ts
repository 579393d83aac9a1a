import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import type { Series } from '../store/meters.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import { readTriggerParts } from './trigger-parts.ts';
import { TRIGGER_STATES, type TriggerParts, type TriggerState, toView } from './trigger-view.ts';

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

/** A series for each workflow would let one tenant fill the memory of anyone who scrapes. */
const MAX_WORKFLOW_SERIES = 1000;
const OTHER = 'other';
/** Read at once from Redis. */
const BATCH = 500;
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

/** Series are read for all who scrape within this time at once. */
const MAX_AGE_MS = 5000;
const kept = new WeakMap<Context, { at: number; series: Promise<TriggerSeries> }>();

/** As `readTriggerSeries`, up to 5 seconds old: many who scrape cost what one does. */
export function recentTriggerSeries(ctx: Context): Promise<TriggerSeries> {
  const now = ctx.clock.now();
  const known = kept.get(ctx);
  if (known !== undefined && Math.abs(now - known.at) < MAX_AGE_MS) return known.series;
  const series = readTriggerSeries(ctx);
  kept.set(ctx, { at: now, series });
  series.catch(() => kept.delete(ctx));
  return series;
}

/** Reads the health of enabled triggers: the oldest workflows by their ids, at most `max`, and of each tenant the others together. */
export async function readTriggerSeries(ctx: Context, max = MAX_WORKFLOW_SERIES): Promise<TriggerSeries> {
  // Ids begin with their time, so that a workflow keeps its series when others are made.
  const due = pairs(await ctx.redis.zrange(ctx.keys.dueTicks(), '0', '-1', 'WITHSCORES'));
  const own = new Set(due.slice(0, max).map(([id]) => id));
  const rows = new Map<string, Row>();
  for (let at = 0; at < due.length; at += BATCH) {
    const found = await readTriggerParts(ctx, due.slice(at, at + BATCH));
    for (const { workflow, parts } of found) {
      const row = await toRow(await scopeOf(ctx, workflow.tenant), workflow, parts);
      const label = own.has(workflow.id) ? workflow.id : OTHER;
      const key = label === OTHER ? `${OTHER}:${workflow.tenant}` : label;
      rows.set(key, merged(rows.get(key), { ...row, labels: { ...row.labels, workflow: label } }));
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

/** Ids with their scores, the oldest workflow first. */
function pairs(flat: string[]): [string, number][] {
  const found: [string, number][] = [];
  for (let i = 0; i < flat.length; i += 2) found.push([flat[i]!, Number(flat[i + 1])]);
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function toRow(ctx: Context, workflow: Workflow, parts: TriggerParts): Promise<Row> {
  const view = await toView(ctx, workflow, parts);
  const { cursor, lag } = view;
  return {
    labels: { tenant: workflow.tenant, workflow: workflow.id },
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
