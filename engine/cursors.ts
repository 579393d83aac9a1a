import { ConnectorError } from '../connector/errors.ts';
import type { Position } from '../triggers/poll.ts';
import type { Context } from './context.ts';
import { callScript } from './redis.ts';

/** How far a workflow's trigger has read, and how it fares. Times are epoch ms. */
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
  notBefore: number | null;
  lastTickAt: number | null;
  lastSuccessAt: number | null;
  updatedAt: number | null;
}

/** Enough to see a day of hourly pages or a long backfill's end; one entry is about 150 bytes. */
const HISTORY_ENTRIES = 200;

/** First wait after a failure, doubling to the most: a broken receiver is asked again within the hour. */
const FIRST_BACKOFF_MS = 10_000;
const MOST_BACKOFF_MS = 3_600_000;

/** The cursor of a workflow; a workflow that never ran has one at the start. */
export async function readCursor(ctx: Context, workflow: string): Promise<Cursor> {
  const held = (await ctx.redis.hgetall(ctx.keys.cursor(workflow))) as Record<string, string | undefined>;
  const time = (text: string | undefined) => (text === undefined ? null : Number(text));
  return {
    position: held.value === undefined ? null : { value: held.value, key: held.key ?? null },
    version: Number(held.version ?? 0),
    events: Number(held.events ?? 0),
    inFlight: held.page || held.poll || null,
    failures: Number(held.failures ?? 0),
    lastError: held.last_error ?? null,
    notBefore: time(held.not_before),
    lastTickAt: time(held.last_tick_at),
    lastSuccessAt: time(held.last_success_at),
    updatedAt: time(held.updated_at),
  };
}

/** The last moves, newest first, at most 200. */
export async function readCursorHistory(ctx: Context, workflow: string): Promise<unknown[]> {
  return (await ctx.redis.lrange(ctx.keys.cursorHistory(workflow), 0, -1)).map((entry) => JSON.parse(entry));
}

/** What a tick may do now. One poll at a time per workflow, over all workers. */
export type PollTurn =
  | { kind: 'go'; position: Position | null; version: number }
  | { kind: 'busy'; run: string }
  | { kind: 'later'; at: number };

export async function beginPoll(ctx: Context, workflow: string, pollRun: string): Promise<PollTurn> {
  const answer = (await callScript(
    ctx.redis,
    'beginPoll',
    [ctx.keys.cursor(workflow)],
    [pollRun, ctx.clock.now()],
  )) as string[];
  const [kind, first = '', key = '', version = '0', hasPosition, hasKey] = answer;
  if (kind === 'busy') return { kind: 'busy', run: first };
  if (kind === 'later') return { kind: 'later', at: Number(first) };
  return {
    kind: 'go',
    position: hasPosition === '1' ? { value: first, key: hasKey === '1' ? key : null } : null,
    version: Number(version),
  };
}

/** The poll's page is now in the hands of `pageRun`; '' says that nothing was new. False when the poll lost the cursor. */
export async function handPage(
  ctx: Context,
  workflow: string,
  runs: { poll: string; page: string; version: number },
): Promise<boolean> {
  const args = [runs.poll, runs.page, ctx.clock.now(), runs.version];
  return (await callScript(ctx.redis, 'handPage', [ctx.keys.cursor(workflow)], args)) === 1;
}

/** Frees the cursor from a run that has ended without moving it (a crash between two writes). */
export async function releaseCursor(ctx: Context, workflow: string, run: string): Promise<void> {
  await callScript(ctx.redis, 'releaseCursor', [ctx.keys.cursor(workflow)], [run]);
}

/** Moves the cursor behind a delivered page; false when it was moved by hand meanwhile, or by an earlier commit of the same page. */
export async function commitCursor(
  ctx: Context,
  workflow: string,
  page: { version: number; to: Position; run: string; events: number },
): Promise<boolean> {
  const answer = await callScript(
    ctx.redis,
    'commitCursor',
    [ctx.keys.cursor(workflow), ctx.keys.cursorHistory(workflow)],
    [page.version, page.to.value, page.to.key ?? '', page.run, ctx.clock.now(), page.events, HISTORY_ENTRIES],
  );
  return answer === 1;
}

/** A poll or a page's run failed: the cursor stays where it is and the next poll waits, longer each time. */
export async function failPage(
  ctx: Context,
  workflow: string,
  failure: { run: string; message: string; failures: number },
): Promise<void> {
  const now = ctx.clock.now();
  const wait = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failure.failures, 20), MOST_BACKOFF_MS);
  await callScript(ctx.redis, 'failPage', [ctx.keys.cursor(workflow)], [failure.run, now + wait, failure.message, now]);
}

/**
 * Sets the cursor to a position, or with `null` back to the start; whatever is in flight can no longer move it.
 * @throws ConnectorError ERR_CONFLICT when `expectedVersion` is given and is not the present one
 */
export async function writeCursor(
  ctx: Context,
  workflow: string,
  change: { position: Position | null; by: string; expectedVersion?: number | undefined },
): Promise<number> {
  const { position } = change;
  const version = Number(
    await callScript(
      ctx.redis,
      'writeCursor',
      [ctx.keys.cursor(workflow), ctx.keys.cursorHistory(workflow)],
      [
        change.expectedVersion ?? '',
        position?.value ?? '',
        position?.key ?? '',
        position === null ? 'reset' : position.key === null ? 'set_value' : 'set',
        ctx.clock.now(),
        change.by,
        HISTORY_ENTRIES,
      ],
    ),
  );
  if (version < 0) {
    throw new ConnectorError('ERR_CONFLICT', `the cursor is no longer at version ${change.expectedVersion}`, {
      hint: 'Read the cursor again and decide anew.',
    });
  }
  return version;
}
