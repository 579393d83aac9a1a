import { serverNow } from '../data/clock.ts';
import { createStore, useStore } from '../data/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const TICK_MS = 15_000;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** Counts every 15 seconds: one timer for every relative time of the page. */
const tick = createStore(0);
setInterval(() => tick.set(tick.get() + 1), TICK_MS);

/** A time of the API: how long ago, or the local time; with zone and UTC on hover. */
export function TimeText({ at, form = 'relative' }: { at: string; form?: 'relative' | 'whole' }) {
  // The store says only when to look again: a time that it kept would be of a clock not yet compared with the server's.
  useStore(tick);
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return <span>{at}</span>;
  return (
    <time dateTime={at} title={`${local.format(time)}\n${time.toISOString()} UTC`}>
      {form === 'whole' ? whole.format(time) : relativeTo(time, serverNow())}
    </time>
  );
}

function relativeTo(time: Date, current: number): string {
  const ms = time.getTime() - current;
  const distance = Math.abs(ms);
  if (distance < MINUTE_MS) return ms <= 0 ? 'now' : 'in < 1 min.';
  if (distance < HOUR_MS) return relative.format(Math.trunc(ms / MINUTE_MS), 'minute');
  if (distance < DAY_MS) return relative.format(Math.trunc(ms / HOUR_MS), 'hour');
  return day.format(time);
}

/** A duration in the two largest units that say something: `840 ms`, `3.2 s`, `4 min 10 s`, `6 d 3 h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE_MS) return `${(ms / 1000).toFixed(1)} s`;
  const [big, small] = UNITS.find(([{ ms: unit }]) => ms >= unit)!;
  const rest = Math.floor((ms % big.ms) / small.ms);
  return `${Math.floor(ms / big.ms)} ${big.name}${rest === 0 ? '' : ` ${rest} ${small.name}`}`;
}

const [D, H, MIN, S] = [
  { name: 'd', ms: DAY_MS },
  { name: 'h', ms: HOUR_MS },
  { name: 'min', ms: MINUTE_MS },
  { name: 's', ms: 1000 },
];
const UNITS = [
  [D!, H!],
  [H!, MIN!],
  [MIN!, S!],
] as const;
