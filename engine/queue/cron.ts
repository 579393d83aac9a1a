import { Cron } from 'croner';

/** A cron pattern in a time zone. */
export interface CronTimes {
  cron: string;
  timeZone: string;
}

/** Between which numbers of fields a pattern has: minute to weekday; seconds before them; a year after them. */
const FIELDS = { min: 5, max: 7 };
const NAMED = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/**
 * The first time after `after` (epoch ms) at which a pattern is due; `undefined` when it never comes again. It is the only reading of
 * patterns: what is accepted, predicted, fired and watched all ask here.
 *
 * Times are of the zone's clock. A time of the day (one value each for second, minute and hour) comes once in the night of a clock change:
 * where it does not exist, at the first moment after the gap; where it exists twice, at the first of both. Of a pattern with several
 * values (a list, range, step or *), times that do not exist are left out, and those that exist twice come twice.
 * @throws Error for a pattern that cannot be read
 */
export function nextCronTime({ cron, timeZone }: CronTimes, after: number): number | undefined {
  return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(after))?.getTime();
}

/** What is wrong with a pattern; `undefined` for one that comes. */
export function cronError(times: CronTimes, now: number): string | undefined {
  const { cron } = times;
  const fields = cron.trim().split(/\s+/);
  const isNamed = fields.length === 1 && cron.trim().startsWith('@');
  const help = `use five fields (minute hour day month weekday), six with seconds first, seven with a year last, such as "0 6 * * 1-5", or one of ${NAMED.join(', ')}`;
  if (isNamed && !NAMED.includes(cron.trim().toLowerCase())) return `"${cron}" is not valid (unknown name); ${help}`;
  if (!isNamed && (fields.length < FIELDS.min || fields.length > FIELDS.max)) {
    return `"${cron}" is not valid (it has ${fields.length} field${fields.length === 1 ? '' : 's'}); ${help}`;
  }
  try {
    return nextCronTime(times, now) === undefined ? `"${cron}" is not valid (it never occurs); ${help}` : undefined;
  } catch (cause) {
    return `"${cron}" is not valid (${(cause as Error).message}); ${help}`;
  }
}

/** What BullMQ asks for the next time of a job scheduler. */
export function cronStrategy(millis: number, options: { pattern?: string; tz?: string }): number | undefined {
  if (options.pattern === undefined) return undefined;
  return nextCronTime({ cron: options.pattern, timeZone: options.tz ?? 'UTC' }, millis);
}
