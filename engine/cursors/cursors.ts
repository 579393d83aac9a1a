/*
 * The cursors floor: how far each trigger has read, the backfills beside it, and whether its freshness is watched. It
 * touches the store alone: what moves a cursor is in engine/polling/.
 */

import { ConnectorError } from '../../connector/errors.ts';
import type { Backlog, Position } from '../../triggers/position.ts';
import type { Context } from '../store/context.ts';
import { DEFAULT_LIMIT, type ListPage, notAPosition, type PageRequest } from '../store/list-pages.ts';
import { type Check, transact } from '../store/records.ts';
import { callScript } from '../store/scripts.ts';
import { lagArgs, seriesField, seriesKey, seriesKeys } from './series.ts';

/** How far a workflow's trigger has read, and how it is doing. Times are epoch ms. */
export interface Cursor {
  position: Position | null;
  /** Rises with every move; a commit names the version it read. */
  version: number;
  /** Events delivered since the beginning. */
  events: number;
  /** The run that holds the page in flight, if any. */
  inFlight: string | null;
  failures: number;
  lastError: string | null;
  /** What to do about it. */
  lastHint: string | null;
  notBefore: number | null;
  lastTickAt: number | null;
  lastSuccessAt: number | null;
  /** When events were delivered last. */
  lastDeliveryAt: number | null;
  updatedAt: number | null;
  /** Nothing is polled while it is paused; who did it and why. */
  paused: { at: number; by: string; reason: string } | null;
  /** Since the beginning. */
  failuresTotal: number;
  /** Polls that were answered, and their time together. */
  polls: { count: number; ms: number };
  /** What was not delivered when the source was asked last; `null` while nobody knows. */
  backlog: Backlog | null;
}

/** Enough to see a day of hourly pages or a long backfill's end; one entry is about 150 bytes. */
const HISTORY_ENTRIES = 200;

/** First wait after a failure, doubling up to the maximum: a broken endpoint gets a retry within the hour. */
const FIRST_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 3_600_000;

/** The cursor of a workflow; a workflow that never ran has one at the start. */
export async function readCursor(ctx: Context, id: string): Promise<Cursor> {
  return toCursor(await ctx.redis.hgetall(ctx.keys.cursor(id)));
}

/** A cursor from the fields of its hash. */
export function toCursor(held: Record<string, string | undefined>): Cursor {
  const time = (text: string | undefined) => (text === undefined ? null : Number(text));
  return {
    position: held.position === undefined ? null : (JSON.parse(held.position) as Position),
    version: Number(held.version ?? 0),
    events: Number(held.events ?? 0),
    inFlight: held.page || held.poll || null,
    failures: Number(held.failures ?? 0),
    lastError: held.last_error ?? null,
    lastHint: held.last_hint || null,
    notBefore: time(held.not_before),
    lastTickAt: time(held.last_tick_at),
    lastSuccessAt: time(held.last_success_at),
    lastDeliveryAt: time(held.last_delivery_at),
    failuresTotal: Number(held.failures_total ?? 0),
    polls: { count: Number(held.polls ?? 0), ms: Number(held.poll_ms ?? 0) },
    updatedAt: time(held.updated_at),
    paused: held.paused === undefined ? null : (JSON.parse(held.paused) as Cursor['paused']),
    backlog: held.backlog === undefined ? null : (JSON.parse(held.backlog) as Backlog),
  };
}

/** One move of a cursor: where to, and what moved it. */
export interface CursorMove {
  version: number;
  /** Epoch ms. */
  at: number;
  [more: string]: unknown;
}

/** The last moves, newest first; 200 are kept. @throws ConnectorError ERR_INPUT_INVALID for a position that is none */
export async function readCursorHistory(
  ctx: Context,
  id: string,
  { limit = DEFAULT_LIMIT, after }: PageRequest = {},
): Promise<ListPage<CursorMove>> {
  const last = after === undefined ? Number.POSITIVE_INFINITY : /^\d{1,15}$/.test(after) ? Number(after) : Number.NaN;
  if (Number.isNaN(last)) throw notAPosition();
  const moves = (await ctx.redis.lrange(ctx.keys.cursorHistory(id), 0, -1)).flatMap((entry) => {
    try {
      return [JSON.parse(entry) as CursorMove];
    } catch {
      // A place that cannot be read is none that the cursor could go back to.
      return [];
    }
  });
  const rest = moves.filter(({ version }) => version < last);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? String(items.at(-1)!.version) : undefined };
}

/** What the source of a cursor remembers beside its position. */
export async function readMemory(ctx: Context, id: string): Promise<string | null> {
  return ctx.redis.hget(ctx.keys.cursorMemory(id), 'now');
}

/** What a script found that could do what it was called for. */
export interface Held {
  /** Failures in a row that this ended. */
  failuresBefore: number;
}

/** What a tick may do now. One poll at a time per cursor, over all workers. */
export type PollTurn =
  | { kind: 'go'; position: Position | null; version: number }
  /** `since`: when the page was handed to the run; a poll holds no page. */
  | { kind: 'busy'; run: string; since: number | undefined }
  | { kind: 'paused' }
  | { kind: 'later'; at: number };

export async function beginPoll(ctx: Context, id: string, pollRun: string): Promise<PollTurn> {
  const [kind, first = '', second = ''] = (await callScript(
    ctx.redis,
    'beginPoll',
    [ctx.keys.cursor(id)],
    [pollRun, ctx.clock.now()],
  )) as [string, string?, string?];
  if (kind === 'paused') return { kind };
  if (kind === 'busy') return { kind, run: first, since: second === '' ? undefined : Number(second) };
  if (kind === 'later') return { kind, at: Number(first) };
  return { kind: 'go', position: first === '' ? null : (JSON.parse(first) as Position), version: Number(second) };
}

/**
 * The poll's page is now in the hands of `page`; '' says that nothing was new. `memory` is what the source will
 * remember once the page is delivered. Undefined when the poll lost the cursor.
 */
export async function handPage(
  ctx: Context,
  id: string,
  runs: {
    poll: string;
    page: string;
    version: number;
    memory?: string | undefined;
    backlog?: Backlog | undefined;
    ms: number;
  },
): Promise<Held | undefined> {
  const now = ctx.clock.now();
  const args = [
    runs.poll,
    runs.page,
    now,
    runs.version,
    jsonOf(runs.backlog),
    runs.ms,
    seriesField(id, now),
    ...lagArgs(runs.backlog, now),
    ...(runs.memory === undefined ? [] : [runs.memory]),
  ];
  return toHeld(
    await callScript(
      ctx.redis,
      'handPage',
      [ctx.keys.cursor(id), ctx.keys.cursorMemory(id), seriesKey(ctx, id, now)],
      args,
    ),
  );
}

/** Frees the cursor from a run that has ended without moving it (a crash between two writes). */
export async function releaseCursor(ctx: Context, id: string, run: string): Promise<void> {
  const key = ctx.keys.cursor(id);
  for (const field of ['poll', 'page']) await transact(ctx, [['field', key, field, run]], [['HSET', key, field, '']]);
}

/** The part of a source that counts as read from now on. */
export interface Commit {
  /** Of the cursor when the part was read. */
  version: number;
  to: Position;
  /** The run that holds the cursor. */
  run: string;
  events: number;
  /** It ends a poll that handed over no page. */
  endsPoll?: boolean;
  /** Neither a version nor in the history: only what the source knows beside the place has changed. */
  isSilent?: boolean;
  /** What the source remembers from now on: a text, or what was kept for a page; left out, it stays. */
  memory?: { set: string } | { keptFor: string } | undefined;
  /** What is not delivered once the part counts as read; omitted, what was known stays. */
  backlog?: Backlog | undefined;
}

/** Moves the cursor; undefined when it was moved manually meanwhile, or by an earlier commit of the same page. */
export async function commitCursor(ctx: Context, id: string, commit: Commit): Promise<Held | undefined> {
  const { keys } = ctx;
  const { to, run, events, memory } = commit;
  const at = ctx.clock.now();
  const moved = { value: to.value, key: to.key, version: commit.version + 1, run, at, events };
  const entry = commit.isSilent === true ? '' : JSON.stringify(moved);
  const kept = memory === undefined ? ['keep'] : 'set' in memory ? ['set', memory.set] : ['next', memory.keptFor];
  const answer = await callScript(
    ctx.redis,
    'commitCursor',
    [keys.cursor(id), keys.cursorHistory(id), keys.cursorMemory(id), seriesKey(ctx, id, at)],
    [
      commit.version,
      JSON.stringify(to),
      run,
      at,
      events,
      entry,
      HISTORY_ENTRIES,
      jsonOf(commit.backlog),
      seriesField(id, at),
      commit.endsPoll === true ? 1 : 0,
      ...kept,
    ],
  );
  return toHeld(answer);
}

function jsonOf(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}

function toHeld(answer: unknown): Held | undefined {
  const [isOurs, failuresBefore] = answer as [number, number];
  return isOurs === 1 ? { failuresBefore } : undefined;
}

/**
 * A poll or a page's run failed: the cursor stays where it is and the next poll waits, longer each time.
 * @returns failures in a row, 0 when the run no longer holds the cursor
 */
export async function failPage(
  ctx: Context,
  id: string,
  failure: { run: string; message: string; hint?: string | undefined },
): Promise<number> {
  const now = ctx.clock.now();
  const { run, message, hint = '' } = failure;
  return Number(
    await callScript(
      ctx.redis,
      'failPage',
      [ctx.keys.cursor(id), seriesKey(ctx, id, now)],
      [run, now, FIRST_BACKOFF_MS, MAX_BACKOFF_MS, message, hint, seriesField(id, now)],
    ),
  );
}

/**
 * Sets the cursor to a position, or with `null` back to the start; whatever is in flight can no longer move it.
 * @throws ConnectorError ERR_CONFLICT when `expectedVersion` is given and is not the present one
 */
export async function writeCursor(
  ctx: Context,
  id: string,
  change: { position: Position | null; by: string; expectedVersion?: number | undefined },
): Promise<number> {
  const { keys } = ctx;
  const { position, by } = change;
  const at = ctx.clock.now();
  const place = position === null ? { action: 'reset' } : { action: 'set', value: position.value, key: position.key };
  const version = Number(
    await callScript(
      ctx.redis,
      'writeCursor',
      [keys.cursor(id), keys.cursorHistory(id), keys.cursorMemory(id)],
      [
        change.expectedVersion ?? '',
        position === null ? '' : JSON.stringify(position),
        at,
        JSON.stringify({ ...place, by, at }),
        HISTORY_ENTRIES,
      ],
    ),
  );
  if (version < 0) {
    throw new ConnectorError('ERR_CONFLICT', `the cursor is no longer at version ${change.expectedVersion}`, {
      hint: 'Read the cursor again, then decide whether to repeat the request.',
    });
  }
  return version;
}

/** Stops polling until `resumeCursor`; what is in flight is delivered still. Pausing again keeps the first reason. */
export async function pauseCursor(ctx: Context, id: string, pause: { by: string; reason: string }): Promise<void> {
  const paused = JSON.stringify({ at: ctx.clock.now(), ...pause });
  await ctx.redis.hsetnx(ctx.keys.cursor(id), 'paused', paused);
}

/**
 * Lets the next tick poll at once: what a person corrected, or asks for, does not wait for a backoff. Failures are
 * counted on.
 */
export async function endBackoff(ctx: Context, id: string): Promise<void> {
  await ctx.redis.hdel(ctx.keys.cursor(id), 'not_before');
}

/** Polls again at the next tick, without waiting for a backoff. Nothing happens when it is not paused. */
export async function resumeCursor(ctx: Context, id: string): Promise<void> {
  await ctx.redis.hdel(ctx.keys.cursor(id), 'paused', 'not_before');
}

/**
 * Gives the cursor to a run that delivers a page once more, so that nothing else reads the same part meanwhile.
 * `moved`: it has been delivered since; `busy`: another run delivers it now.
 */
export async function holdPage(
  ctx: Context,
  id: string,
  page: { version: number; run: string },
): Promise<'held' | 'moved' | { busy: string }> {
  const key = ctx.keys.cursor(id);
  const version = String(page.version);
  // A cursor that never moved has no version yet.
  const isAtVersion: Check =
    page.version === 0 ? ['free', key, 'version', version] : ['field', key, 'version', version];
  const refused = await transact(
    ctx,
    [['exists', key], isAtVersion, ['free', key, 'page', page.run]],
    [['HSET', key, 'poll', '', 'page', page.run, 'page_at', ctx.clock.now()]],
  );
  if (refused === undefined) return 'held';
  return refused.check < 2 ? 'moved' : { busy: refused.found };
}

/** What `holdPage` would answer now; takes nothing. */
export async function peekPage(
  ctx: Context,
  id: string,
  version: number,
): Promise<'held' | 'moved' | { busy: string }> {
  const [now, page] = await ctx.redis.hmget(ctx.keys.cursor(id), 'version', 'page');
  // A cursor that is not there has been removed, so the page cannot move it: as in `holdPage`.
  if (now == null && page == null && (await ctx.redis.exists(ctx.keys.cursor(id))) === 0) return 'moved';
  if ((now ?? '0') !== String(version)) return 'moved';
  return page == null || page === '' ? 'held' : { busy: page };
}

/** Forgets a cursor whole. */
export async function removeCursor(ctx: Context, id: string): Promise<void> {
  const { keys } = ctx;
  const series = seriesKeys(ctx, id, { from: 0, to: ctx.clock.now() });
  await ctx.redis.unlink(
    keys.cursor(id),
    keys.cursorHistory(id),
    keys.cursorMemory(id),
    keys.deadLetters(id),
    ...series,
  );
}
