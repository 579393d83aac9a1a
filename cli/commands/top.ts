import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { Json } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { paint, print, type Shell } from '../shell.ts';
import { table } from '../table.ts';

const DEFAULT_SECONDS = 2;
const MAX_SECONDS = 3600;
/** The API adds up what ended every 5 seconds; a rate over less would jump between nothing and twice as much. */
const RATE_WINDOW_MS = 15_000;
const MAX_ROWS = 10;
const BYTES_PER_MB = 1_000_000;
const TO_TOP = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_REST = '\x1b[J';

interface Sample {
  at: number;
  ended: Readonly<Record<string, number>>;
}

/** A live table of the load. */
export const TOP_COMMAND: CommandSpec = {
  usage: 'top',
  heading: 'Operations',
  text: 'Show a live view of queues, workers, accounts and throttled workspaces',
  options: [
    { flags: '--interval <seconds>', text: `seconds between refreshes (default: ${DEFAULT_SECONDS})` },
    { flags: '--once', text: 'print once and exit (default when piped)' },
  ],
  run: top,
};

async function top(call: Call): Promise<void> {
  const { shell, client } = call;
  const seconds = Number(option(call, 'interval') ?? DEFAULT_SECONDS);
  if (!(seconds >= 0.1 && seconds <= MAX_SECONDS))
    throw new UsageError(`--interval is "${option(call, 'interval')}"; pass seconds from 0.1 to ${MAX_SECONDS}`);
  const isLive = shell.stdout.isTTY === true && call.options.once !== true && !call.isJson;
  const samples: Sample[] = [];
  if (isLive) shell.stdout.write(TO_TOP + CLEAR_REST);
  for (;;) {
    const load = await client.call('GET', '/v1/load');
    if (call.isJson) return print(shell, stringifyAtEdge(load));
    const lines = view(shell, load, rateOf(samples, { at: performance.now(), ended: load.ended }));
    if (!isLive) return print(shell, lines.join('\n'));
    shell.stdout.write(TO_TOP + lines.map((line) => `${line}${CLEAR_LINE}\n`).join('') + CLEAR_REST);
    await sleep(seconds * 1000, undefined, { signal: shell.signal });
  }
}

/** Runs that ended per second, over the last 15; undefined with a first sample. */
function rateOf(samples: Sample[], now: Sample): number | undefined {
  samples.push(now);
  while (samples.length > 2 && now.at - samples[1]!.at >= RATE_WINDOW_MS) samples.shift();
  const [first] = samples as [Sample];
  if (first === now) return undefined;
  return ((total(now) - total(first)) * 1000) / (now.at - first.at);
}

function total({ ended }: Sample): number {
  return Object.values(ended).reduce((sum, count) => sum + count, 0);
}

function view(shell: Shell, load: Json, rate: number | undefined): string[] {
  const { queue, ended, workers, accounts, throttles } = load;
  const perSecond = rate === undefined ? '' : `  ${rate.toFixed(1)} runs/s`;
  const oldest = queue.oldest_seconds > 0 ? `, oldest ${queue.oldest_seconds} s` : '';
  return [
    `${paint(shell, 'bold', 'runs')}      ${queue.waiting} waiting${oldest}; ${queue.active} active; ${queue.delayed} delayed${perSecond}`,
    `${paint(shell, 'bold', 'ended')}     ${
      Object.entries(ended)
        .map(([status, count]) => `${count} ${status}`)
        .join(', ') || 'none'
    }`,
    ...(load.scope === 'tenant' ? [] : [workersLine(shell, workers)]),
    ...section(shell, ['WORKER', 'HOST', 'ACTIVE', 'SLOTS', 'MEMORY'], workers, (worker) => [
      worker.id,
      worker.host,
      worker.active,
      worker.slots,
      `${Math.round(worker.resident_bytes / BYTES_PER_MB)} MB`,
    ]),
    ...section(shell, ['ACCOUNT', 'WAITING', 'OLDEST', 'AT LIMIT'], accounts, (account) => [
      account.name,
      account.waiting,
      `${account.oldest_seconds} s`,
      account.at_limit ? 'yes' : 'no',
    ]),
    ...section(shell, ['THROTTLED WORKSPACE', 'WAITING', 'ACTIVE', 'BACKOFF'], throttles, (throttle) => [
      throttle.host,
      throttle.waiting,
      throttle.active,
      throttle.backoff_seconds > 0 ? `${throttle.backoff_seconds} s` : '-',
    ]),
  ];
}

function workersLine(shell: Shell, workers: Json[]): string {
  const [slots, active] = [sum(workers, 'slots'), sum(workers, 'active')];
  const said =
    workers.length === 0
      ? paint(shell, 'red', 'none: no runs are executed')
      : `${workers.length}, ${active} of ${slots} slots in use`;
  return `${paint(shell, 'bold', 'workers')}   ${said}`;
}

function section(shell: Shell, header: string[], items: Json[], row: (item: Json) => unknown[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > MAX_ROWS ? [`… and ${items.length - MAX_ROWS} more`] : [];
  return ['', ...table(shell, header, items.slice(0, MAX_ROWS).map(row)), ...more];
}

function sum(items: Json[], field: string): number {
  return items.reduce((total: number, item) => total + item[field], 0);
}
