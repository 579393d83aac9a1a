import { hash } from 'node:crypto';
import type { ValidationError } from '../../connector/errors.ts';
import type { Context } from './context.ts';
import { type CronTimes, cronError, nextCronTime } from './cron.ts';
import { SCHEDULED_JOB_ID } from './queues.ts';

export interface Schedule {
  every_seconds?: number;
  cron?: string;
  time_zone?: string;
}

/** How often something is due, or when. */
export type Due = { everyMs: number } | CronTimes;

/**
 * Sets when a workflow's ticks are due; a second call replaces the first, and `undefined` removes it.
 * BullMQ's job scheduler makes the next tick when the last begins, so ticks of one workflow never pile up. Each workflow has
 * a place of its own inside the interval: ten thousand do not tick at once, also after all were late together.
 */
export async function writeSchedule(ctx: Context, workflow: string, due: Due | undefined): Promise<void> {
  if (due === undefined) return removeSchedule(ctx, workflow);
  const repeat =
    'everyMs' in due
      ? { every: due.everyMs, offset: 1 + (hash('sha1', workflow, 'buffer').readUInt32BE() % (due.everyMs - 1)) }
      : { pattern: due.cron, tz: due.timeZone };
  await ctx.queues.ticks.upsertJobScheduler(workflow, repeat, { name: 'tick', data: { workflow } });
  await noteNextTick(ctx, workflow, due);
}

/** Nothing happens when there is none. */
export async function removeSchedule(ctx: Context, workflow: string): Promise<void> {
  await ctx.queues.ticks.removeJobScheduler(workflow);
  await ctx.redis.zrem(ctx.keys.dueTicks(), workflow);
}

/** Writes down when the next tick should come, for the watchdog. */
export async function noteNextTick(ctx: Context, workflow: string, due: Due | undefined): Promise<void> {
  if (due === undefined) return;
  const now = ctx.clock.now();
  const next = 'everyMs' in due ? now + due.everyMs : nextCronTime(due, now);
  if (next !== undefined) await ctx.redis.zadd(ctx.keys.dueTicks(), next, workflow);
  else await ctx.redis.zrem(ctx.keys.dueTicks(), workflow);
}

const MISSED_JOB_ID = /^missed-.+-(\d+)$/;

/** The job that makes up for a scheduled time: the same for each that finds it missing, and its run is the one of the time itself. */
export function missedJobId(workflow: string, due: number): string {
  return `missed-${workflow}-${due}`;
}

/** When the job of a scheduled tick was due, epoch ms; `undefined` for a tick that was asked for. */
export function scheduledTime(jobId: string | undefined): number | undefined {
  const id = jobId ?? '';
  const at = (SCHEDULED_JOB_ID.exec(id) ?? MISSED_JOB_ID.exec(id))?.[1];
  return at === undefined ? undefined : Number(at);
}

/** How often a trigger is due: its own schedule, or what its manifest says of its input. */
export function scheduleOf(
  ctx: Context,
  use: { id: string; input: Record<string, unknown>; schedule?: Schedule },
): Due | undefined {
  if (use.schedule?.cron !== undefined) return { cron: use.schedule.cron, timeZone: use.schedule.time_zone ?? 'UTC' };
  if (use.schedule?.every_seconds !== undefined) return { everyMs: use.schedule.every_seconds * 1000 };
  const manifest = ctx.manifests.triggers.get(use.id)?.manifest;
  if (manifest?.every_seconds === undefined) return undefined;
  const every = typeof manifest.every_seconds === 'number' ? manifest.every_seconds : use.input.every_seconds;
  return { everyMs: Number(every) * 1000 };
}

/** What is wrong with a schedule: both kinds at once, a pattern or a time zone that cannot be read, one that never comes. */
export function checkSchedule(schedule: Schedule, now = Date.now()): ValidationError[] {
  const { cron, every_seconds, time_zone: timezone = 'UTC' } = schedule;
  if (cron === undefined) return [];
  if (every_seconds !== undefined) {
    return [{ pointer: '/trigger/schedule', message: 'has every_seconds and cron; set only one of them' }];
  }
  if (!isTimeZone(timezone)) {
    const message = `"${timezone}" is not a time zone; use an IANA name such as "Europe/Berlin"`;
    return [{ pointer: '/trigger/schedule/time_zone', message }];
  }
  const message = cronError({ cron, timeZone: timezone }, now);
  return message === undefined ? [] : [{ pointer: '/trigger/schedule/cron', message }];
}

/** Times at which a schedule was due, after `from` and up to `to` (epoch ms), oldest first, at most `most`. */
export function dueBetween(due: Due, span: { from: number; to: number; most: number }): number[] {
  const { from, to, most } = span;
  const times: number[] = [];
  if ('everyMs' in due) {
    for (let at = from + due.everyMs; at <= to && times.length < most; at += due.everyMs) times.push(at);
    return times;
  }
  for (
    let at = nextCronTime(due, from);
    at !== undefined && at <= to && times.length < most;
    at = nextCronTime(due, at)
  ) {
    times.push(at);
  }
  return times;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
