import { stringifyAtEdge } from '../../connector/json.ts';
import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { exitCodeOf, paintStatus, printOutcome, showRun, statusOf, WAIT_HEADER, waitForEnd } from '../follow.ts';
import { readJsonArgument } from '../input.ts';
import { METADATA_FILTER_OPTION, metadataOf, metadataQuery } from '../metadata.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { duration, table, time } from '../table.ts';
import { type ReplayChoice, replayMany } from './replay.ts';
import { showReplay } from './replay-preview.ts';
import { watchList } from './runs-watch.ts';

/** The most items of a page. */
const MAX_NAMES = 100;
/** Characters of an error in a list. */
const MAX_ERROR = 120;
/** Columns of counts that a terminal shows. */
const MAX_VALUES = 8;
const BUCKETS: Record<string, string> = { minute: '60', hour: '3600', day: '86400' };
const TRIGGERS = ['manual', 'schedule', 'poll', 'webhook', 'event', 'replay', 'workflow', 'test'];
const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled'];

const FILTER_OPTIONS: readonly OptionSpec[] = [
  { flags: '--status <status>', text: 'only runs with this status', choices: STATUSES },
  { flags: '--action <id>', text: 'only runs of this action' },
  { flags: '--workflow <name or id>', text: 'only runs of this workflow' },
  { flags: '--account <name or id>', text: 'only runs on this linked account' },
  { flags: '--code <code>', text: 'only runs that failed with this error code' },
  { flags: '--cause <id>', text: 'only runs that failed for this cause (see "runs causes")' },
  { flags: '--trigger <kind>', text: 'only runs started this way', choices: TRIGGERS },
  { flags: '--parent <run>', text: 'only the steps of this workflow run, or the items of this loop' },
  { flags: '--replay <id>', text: 'only runs made by this bulk replay, or replays of this run' },
  { flags: '--id <prefix>', text: 'only runs whose id begins with this' },
  METADATA_FILTER_OPTION,
  { flags: '--dead-letters', text: 'only runs whose event batch was dead-lettered' },
  { flags: '--from <time>', text: 'created at or after this time (ISO 8601)' },
  { flags: '--to <time>', text: 'created at or before this time (ISO 8601)' },
];

/** History of runs, and what can be done with one. */
export const RUNS_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'runs list',
    isDefault: true,
    text: 'List runs, newest first',
    options: [...FILTER_OPTIONS, ...PAGE_OPTIONS],
    run: list,
  },
  { usage: 'runs show <run>', text: 'Show a run with its launches, output and error', run: show },
  {
    usage: 'runs output <run>',
    text: 'Print the complete output of a run, including large outputs',
    run: output,
  },
  {
    usage: 'runs watch',
    text: 'Follow the list of runs: each run that is created, changes or ends',
    options: FILTER_OPTIONS,
    run: watch,
  },
  { usage: 'runs tail <run>', text: 'Follow a run until it ends', run: tail },
  {
    usage: 'runs replay [run]',
    text: 'Replay a run as a new run; without a run, replay all runs that match a filter',
    options: [
      ...FILTER_OPTIONS,
      { flags: '--dry-run', text: 'show what would run again and which effects would be repeated' },
      { flags: '--confirm <value>', text: 'one run: replay only if a dry run would still show the same' },
      { flags: '--rate <count>', text: 'bulk replay: runs per second (default: 10)' },
      { flags: '--yes', text: 'bulk replay: do not ask for confirmation' },
      { flags: '--from-failed', text: 'workflow run: only steps that did not succeed; the other outputs are reused' },
      { flags: '--from-step <step>', text: 'workflow run: this step and all steps that need it' },
      { flags: '--newest', text: 'workflow run: use the newest version instead of the version that ran' },
      { flags: '--input <json>', text: 'replace the input: JSON, @FILE, or -' },
      { flags: '--wait', text: 'wait for the run to end and print its output' },
    ],
    run: replay,
  },
  {
    usage: 'runs causes',
    text: 'Group failed runs by error code, action and message, largest group first',
    options: FILTER_OPTIONS,
    run: causes,
  },
  {
    usage: 'runs counts',
    text: 'Count runs per minute, hour or day of their creation',
    options: [
      {
        flags: '--by <field>',
        text: 'what to count by (default: status)',
        choices: ['status', 'code', 'action', 'workflow', 'account'],
      },
      { flags: '--per <bucket>', text: 'minute, hour or day (default: hour)', choices: Object.keys(BUCKETS) },
      { flags: '--from <time>', text: 'start at this time (ISO 8601; default: 48 buckets)' },
      { flags: '--to <time>', text: 'end at this time (ISO 8601; default: now)' },
    ],
    run: counts,
  },
  {
    usage: 'runs discard <run>',
    text: 'Discard the dead-lettered event batch of a run: it no longer counts, and is not delivered unless you replay the run',
    run: discard,
  },
  { usage: 'runs cancel <run>', text: 'Cancel a run and its operation at the service', run: cancel },
];

async function list(call: Call): Promise<void> {
  const nameOf = await workflowNames(call);
  await printList(call, '/v1/runs', {
    query: filterOf(call),
    none:
      option(call, 'status') === 'waiting'
        ? 'No runs. List runs that are waiting for approval with: npx penstock approvals'
        : 'No runs.',
    columns: {
      ID: (run) => run.id,
      STATUS: statusOf,
      WHAT: (run) => run.action ?? nameOf(run.workflow),
      CREATED: (run) => time(run.created_at),
      TOOK: (run) => run.started_at && duration(run.started_at, run.finished_at),
      ERROR: (run) => run.error && brief(`${run.error.step?.code ?? run.error.code}: ${run.error.message}`),
    },
  });
}

async function watch(call: Call): Promise<void> {
  const nameOf = await workflowNames(call);
  await watchList(call, {
    path: '/v1/runs/events',
    query: filterOf(call),
    show(event, run) {
      const at = time(run.finished_at ?? new Date().toISOString());
      const what = event === 'left' ? 'no longer matches' : (run.action ?? nameOf(run.workflow));
      const error =
        run.error === undefined ? '' : `  ${brief(`${run.error.step?.code ?? run.error.code}: ${run.error.message}`)}`;
      print(call.shell, `${at}  ${run.id}  ${paintStatus(call.shell, run)}  ${what}${error}`);
    },
  });
}

/** A line that a terminal shows; `runs show` has all of it. */
function brief(text: string): string {
  return text.length > MAX_ERROR ? `${text.slice(0, MAX_ERROR - 1)}…` : text;
}

async function causes(call: Call): Promise<void> {
  const answer = await call.client.call('GET', '/v1/runs/causes', { query: filterOf(call) });
  printAnswer(call, answer, ({ items, is_complete }) => {
    const rows = (items as Json[]).map(({ count, code, action, last_at, id, pattern }) => [
      count,
      code,
      action,
      time(last_at),
      id,
      brief(pattern),
    ]);
    if (rows.length === 0) return print(call.shell, 'No failed runs.');
    for (const line of table(call.shell, ['RUNS', 'CODE', 'ACTION', 'LAST', 'CAUSE', 'MESSAGE'], rows))
      print(call.shell, line);
    if (!is_complete) note(call.shell, 'Not all failed runs are covered. Narrow the time range with --from and --to.');
    note(call.shell, 'Replay all runs of a cause with: npx penstock runs replay --cause CAUSE');
  });
}

/** Buckets without runs are left out. */
async function counts(call: Call): Promise<void> {
  const by = option(call, 'by');
  const per = option(call, 'per');
  const answer = await call.client.call('GET', '/v1/runs/counts', {
    query: {
      by: by === 'account' ? 'linked_account' : by,
      bucket: per === undefined ? undefined : BUCKETS[per],
      from: option(call, 'from'),
      to: option(call, 'to'),
    },
  });
  const nameOf = by === 'workflow' ? await workflowNames(call) : (value: string) => value;
  printAnswer(call, answer, ({ counts: sums, other, items }) => {
    const values = Object.keys(sums).slice(0, MAX_VALUES);
    const rows = (items as Json[])
      .filter(({ total }) => total > 0)
      .map(({ at, total, counts: each }) => [time(at), total, ...values.map((value) => each[value] ?? 0)]);
    if (rows.length === 0) return print(call.shell, 'No runs.');
    for (const line of table(call.shell, ['FROM', 'RUNS', ...values.map(nameOf)], rows)) print(call.shell, line);
    const more = Object.keys(sums).length - values.length;
    if (more > 0 || other > 0) note(call.shell, 'Only the most frequent values are shown. Use --json for all of them.');
  });
}

function filterOf(call: Call): Record<string, string | undefined> {
  return {
    status: option(call, 'status'),
    action: option(call, 'action'),
    workflow: option(call, 'workflow'),
    linked_account: option(call, 'account'),
    code: option(call, 'code'),
    cause: option(call, 'cause'),
    trigger: option(call, 'trigger'),
    parent: option(call, 'parent'),
    replay: option(call, 'replay'),
    id: option(call, 'id'),
    dead_letter: call.options.deadLetters === true ? 'true' : undefined,
    ...metadataQuery(call),
    from: option(call, 'from'),
    to: option(call, 'to'),
  };
}

/** The filter as the body of a bulk replay has it. */
function bodyOf(filter: Record<string, string | undefined>, metadata: Record<string, string> | undefined): object {
  const fields = Object.entries(filter).filter(([name]) => !name.startsWith('metadata['));
  return {
    ...Object.fromEntries(fields),
    dead_letter: filter.dead_letter === undefined ? undefined : true,
    metadata,
  };
}

/** People know a workflow by its name; a run holds the id. Names beyond the first page stay ids. */
async function workflowNames(call: Call): Promise<(id: string) => string> {
  if (call.isJson) return (id) => id;
  const { items } = (await call.client.call('GET', '/v1/workflows', { query: { limit: MAX_NAMES } })) as {
    items: Json[];
  };
  const names = new Map(items.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

async function show(call: Call): Promise<void> {
  printAnswer(call, await call.client.call('GET', path`/v1/runs/${call.args[0]!}`), (run) => showRun(call.shell, run));
}

async function output(call: Call): Promise<void> {
  const where = path`/v1/runs/${call.args[0]!}`;
  const run = await call.client.call('GET', where);
  if (run.artifact) await call.client.download(`${where}/artifact`, call.shell.stdout);
  else if (run.output?.preview === true) await call.client.download(`${where}/artifact?part=rows`, call.shell.stdout);
  else print(call.shell, stringifyAtEdge(run.output ?? null));
}

async function tail(call: Call): Promise<number> {
  const { shell, client } = call;
  const where = path`/v1/runs/${call.args[0]!}`;
  let run: Json;
  for await (const { data } of client.events(`${where}/events`)) {
    run = data;
    if (call.isJson) print(shell, stringifyAtEdge(run));
    else note(shell, `${time(new Date().toISOString())}  ${paintStatus(shell, run)}`);
  }
  // A stream that ends before the run does was cut: the API closed, or a proxy did.
  run = await waitForEnd(call, run ?? (await client.call('GET', where)));
  return call.isJson ? exitCodeOf(run) : printOutcome(call, run);
}

async function replay(call: Call): Promise<number> {
  const filter = filterOf(call);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (isFiltered === (call.args[0] !== undefined))
    throw new UsageError(
      'pass a run, or a filter for a bulk replay',
      'For example: --code ERR_TIMEOUT --from 2026-01-01T00:00:00Z',
    );
  const step = option(call, 'fromStep');
  const choice: ReplayChoice = {
    ...(call.options.fromFailed === true && { from: 'failed' }),
    ...(step !== undefined && { from: { step } }),
    ...(call.options.newest === true && { version: 'newest' }),
  };
  if (isFiltered && option(call, 'confirm') !== undefined)
    throw new UsageError(
      '--confirm is only for a single run',
      'A bulk replay asks by itself; --yes skips the question.',
    );
  if (isFiltered) return replayMany(call, bodyOf(filter, metadataOf(call)), choice);
  const given = option(call, 'input');
  const isDry = call.options.dryRun === true;
  if (isDry && option(call, 'confirm') !== undefined) throw new UsageError('pass --dry-run or --confirm, not both');
  const isWaiting = call.options.wait === true && !isDry;
  const answer = await call.client.call('POST', path`/v1/runs/${call.args[0]!}/replay`, {
    headers: isWaiting ? WAIT_HEADER : {},
    body: {
      ...choice,
      ...(given !== undefined && { input: await readJsonArgument(call.shell, '--input', given) }),
      ...(isDry ? { dry_run: true } : { confirm: option(call, 'confirm') }),
    },
  });
  if (isDry) {
    printAnswer(call, answer, (preview) => showReplay(call.shell, preview));
    return 0;
  }
  return printOutcome(call, isWaiting ? await waitForEnd(call, answer) : answer);
}

async function discard(call: Call): Promise<void> {
  const run = await call.client.call('POST', path`/v1/runs/${call.args[0]!}/discard`);
  printAnswer(call, run, () => print(call.shell, `The event batch of ${run.id} is discarded. The run is kept.`));
}

async function cancel(call: Call): Promise<void> {
  const run = await call.client.call('POST', path`/v1/runs/${call.args[0]!}/cancel`);
  printAnswer(call, run, () => {
    const { id, status } = run;
    const said = {
      canceled: `${id} is canceled.`,
      succeeded: `${id} has already succeeded; there is nothing to cancel.`,
      failed: `${id} has already failed; there is nothing to cancel.`,
    }[status as string];
    print(
      call.shell,
      said ?? `The cancellation is being sent to the service. Follow it with: npx penstock runs tail ${id}`,
    );
  });
}
