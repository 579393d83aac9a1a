import { setTimeout as sleep } from 'node:timers/promises';
import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { count } from '../confirm.ts';
import { UsageError } from '../problem.ts';
import { confirm } from '../prompt.ts';
import { note, print, showProgress } from '../shell.ts';
import { table, time } from '../table.ts';
import { watchList } from './runs-watch.ts';

const DEFAULT_PER_SECOND = 10;
const MIN_PER_SECOND = 1;
const MAX_PER_SECOND = 100;
/** Runs of a dry run that are shown to a person one by one. */
const MAX_SHOWN_RUNS = 50;
const POLL_MS = 500;
/** Refused runs that are shown to a person. */
const MAX_SHOWN = 10;

/** How workflows are replayed, as the API wants it. */
export interface ReplayChoice {
  from?: 'failed' | { step: string };
  version?: 'newest';
}

/** Replays of many runs, which workers continue by themselves. */
export const REPLAY_COMMANDS: readonly CommandSpec[] = [
  { usage: 'replays list', isDefault: true, text: 'List bulk replays, newest first', options: PAGE_OPTIONS, run: list },
  { usage: 'replays show <replay>', text: 'Show the progress of a bulk replay', run: (call) => show(call, '') },
  {
    usage: 'replays watch',
    text: 'Follow the bulk replays: each that starts, progresses or ends',
    run: watch,
  },
  {
    usage: 'replays results <replay>',
    text: 'List the result of each run, newest first',
    options: PAGE_OPTIONS,
    run: results,
  },
  {
    usage: 'replays cancel <replay>',
    text: 'Cancel a bulk replay; replays that have started continue',
    run: (call) => show(call, '/cancel'),
  },
];

async function watch(call: Call): Promise<void> {
  await watchList(call, {
    path: '/v1/replays/events',
    query: {},
    show: (_, { id, status, replayed, refused, total }) =>
      print(call.shell, `${id}  ${status}  ${replayed} of ${total} replayed, ${refused} refused`),
  });
}

/**
 * Replays every ended run that a filter finds and that was not replayed yet, oldest first, at a rate, after the API's dry
 * run was shown and confirmed. The workers do it: Ctrl-C leaves it going.
 */
export async function replayMany(call: Call, filter: object, choice: ReplayChoice): Promise<number> {
  const { shell } = call;
  const perSecond = Number(option(call, 'rate') ?? DEFAULT_PER_SECOND);
  if (!(perSecond >= MIN_PER_SECOND && perSecond <= MAX_PER_SECOND))
    throw new UsageError(`--rate is "${option(call, 'rate')}"; pass runs per second, from 1 to ${MAX_PER_SECOND}`);
  const preview = await call.client.call('POST', '/v1/runs/replay', { body: { filter, ...choice } });
  const isDry = call.options.dryRun === true;
  if (isDry || !call.isJson) printAnswer(call, preview, () => showPreview(call, preview));
  const { total } = preview;
  if (isDry || total === 0) return 0;
  if (call.options.yes !== true && !(await confirm(shell, `Replay ${count(total, 'run')}?`)))
    throw new UsageError(
      'nothing was replayed',
      'Pass --yes to replay without confirmation, or --dry-run to preview only.',
    );
  const batch = await call.client.call('POST', '/v1/runs/replay', {
    body: { filter, ...choice, confirm: preview.confirm, per_second: perSecond },
  });
  return follow(call, batch);
}

function showPreview(call: Call, { runs, total, actions, effects }: Json): void {
  const { shell } = call;
  if (total === 0) {
    print(shell, 'No matching runs, or all of them were already replayed.');
    return;
  }
  const shown = (runs as Json[]).slice(0, MAX_SHOWN_RUNS).map(({ run, repeated }) => [run, writesOf(repeated)]);
  for (const line of table(shell, ['RUN', 'REPEATED EFFECTS'], shown)) print(shell, line);
  if (total > shown.length)
    print(shell, `… and ${total - shown.length} more runs. Use --json to see the oldest ${runs.length}.`);
  print(shell, '');
  const rows = (actions as Json[]).map(({ count, action, effect }) => [count, action, effect]);
  for (const line of table(shell, ['COUNT', 'ACTION', 'EFFECT'], rows)) print(shell, line);
  const twice = effects.once + effects.token;
  print(shell, `${count(total, 'run')}; ${count(twice, 'effect')} would be repeated.`);
}

/** What a run would write again, with the step where there is one. */
function writesOf(repeated: Json[]): string {
  const writes = repeated.filter(({ effect }) => effect !== 'safe');
  const texts = writes.map(
    ({ step, action, effect }) => `${step === undefined ? '' : `${step}: `}${action} (${effect})`,
  );
  return texts.length === 0 ? 'nothing' : texts.join(', ');
}

/** Shows how far a replay is until it ends. Ctrl-C leaves it going and says how to stop it. */
async function follow(call: Call, batch: Json): Promise<number> {
  const { shell, client } = call;
  const leave = () => {
    showProgress(shell, '');
    note(shell, `The bulk replay continues. Cancel it with: npx penstock replays cancel ${batch.id}`);
  };
  shell.signal.addEventListener('abort', leave, { once: true });
  try {
    while (batch.status === 'running') {
      showProgress(shell, `${batch.replayed + batch.refused} of ${batch.total} replayed`);
      await sleep(POLL_MS, undefined, { signal: shell.signal });
      batch = await client.call('GET', path`/v1/replays/${batch.id}`);
    }
  } finally {
    shell.signal.removeEventListener('abort', leave);
    showProgress(shell, '');
  }
  printAnswer(call, batch, () => showBatch(call, batch));
  return batch.refused > 0 ? 1 : 0;
}

async function list(call: Call): Promise<void> {
  await printList(call, '/v1/replays', {
    none: 'No bulk replays.',
    columns: {
      ID: (batch) => batch.id,
      STATUS: (batch) => batch.status,
      REPLAYED: (batch) => `${batch.replayed} of ${batch.total}`,
      REFUSED: (batch) => batch.refused,
      STARTED: (batch) => time(batch.created_at),
      BY: (batch) => batch.created_by,
    },
  });
}

async function results(call: Call): Promise<void> {
  await printList(call, path`/v1/replays/${call.args[0]!}/results`, {
    none: 'No runs have been replayed yet.',
    columns: {
      RUN: ({ run }) => run,
      REPLAY: ({ replay }) => replay,
      REFUSED: ({ code }) => code,
      MESSAGE: ({ message }) => message,
    },
  });
}

async function show(call: Call, word: '' | '/cancel'): Promise<void> {
  const where = `${path`/v1/replays/${call.args[0]!}`}${word}`;
  const batch = await call.client.call(word === '' ? 'GET' : 'POST', where);
  printAnswer(call, batch, () => showBatch(call, batch));
}

function showBatch({ shell }: Call, { id, status, replayed, refused, total, refusals }: Json): void {
  print(
    shell,
    `Replayed ${replayed} of ${total} runs; ${id} is ${status}. See the results with: npx penstock replays results ${id}`,
  );
  for (const { run, code, message } of (refusals as Json[]).slice(0, MAX_SHOWN))
    note(shell, `${run}: ${message} (${code})`);
  if (refused > MAX_SHOWN)
    note(
      shell,
      `… and ${refused - MAX_SHOWN} more could not be replayed. See them with: npx penstock replays results ${id}`,
    );
}
