import { Cron } from 'croner';
import { ConnectorError } from '../connector/errors.ts';
import type { Context } from './context.ts';

export type Due = { everyMs: number } | { cron: string; timeZone: string };

/**
 * Sets when a workflow's ticks are due; a second call replaces the first, and `undefined` removes it.
 * BullMQ's job scheduler makes the next tick when the last begins, so ticks of one workflow never pile up.
 * @throws ConnectorError ERR_INPUT_INVALID for a cron pattern or time zone that cannot be read
 */
export async function writeSchedule(ctx: Context, workflow: string, due: Due | undefined): Promise<void> {
  if (due === undefined) return removeSchedule(ctx, workflow);
  const repeat = 'everyMs' in due ? { every: due.everyMs } : { pattern: checkCron(due), tz: due.timeZone };
  await ctx.queues.ticks.upsertJobScheduler(workflow, repeat, { name: 'tick', data: { workflow } });
}

/** Nothing happens when there is none. */
export async function removeSchedule(ctx: Context, workflow: string): Promise<void> {
  await ctx.queues.ticks.removeJobScheduler(workflow);
}

function checkCron({ cron, timeZone }: { cron: string; timeZone: string }): string {
  try {
    new Cron(cron, { timezone: timeZone, paused: true }).nextRun();
    return cron;
  } catch (cause) {
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `the schedule "${cron}" in time zone "${timeZone}" cannot be read: ${(cause as Error).message}`,
      {
        hint: 'Five fields (minute hour day month weekday) or six with seconds first, such as "0 6 * * 1-5", and an IANA time zone such as "Europe/Berlin".',
        errors: [{ pointer: '/trigger/schedule', message: (cause as Error).message }],
        cause,
      },
    );
  }
}
