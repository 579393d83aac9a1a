import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { print } from '../shell.ts';
import { table, time } from '../table.ts';

const BUCKETS = ['300', '900', '3600', '21600', '86400'];

/** How the trigger of a workflow is doing, its pause, and ranges that are delivered once more. */
export const TRIGGER_HEALTH_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'workflows health <workflow>',
    text: 'Show the health of the trigger: state, lag, last success',
    run: health,
  },
  {
    usage: 'workflows series <workflow>',
    text: 'Show lag, events, polls and failures of a polling trigger over time (7 days are kept)',
    options: [
      { flags: '--from <time>', text: 'from this time (ISO 8601; default: the last 24 hours)' },
      { flags: '--to <time>', text: 'to this time (ISO 8601; default: now)' },
      { flags: '--bucket <seconds>', text: 'sum up so many seconds (default: 3600)', choices: BUCKETS },
    ],
    run: series,
  },
  {
    usage: 'workflows pause <workflow>',
    text: 'Pause polling; the event batch in flight is still delivered',
    options: [{ flags: '--reason <text>', text: 'reason shown in the health of the trigger' }],
    run: (call) => turn(call, 'pause', { reason: option(call, 'reason') }),
  },
  {
    usage: 'workflows resume <workflow>',
    text: 'Resume polling immediately',
    run: (call) => turn(call, 'resume', undefined),
  },
  {
    usage: 'workflows backfill <workflow>',
    text: 'Deliver part of the source again in parallel with the live sync; events keep their ids',
    options: [
      { flags: '--until <value>', text: 'stop after this value of the cursor column (inclusive)', isRequired: true },
      { flags: '--after <value>', text: 'start after this value (default: the first row)' },
    ],
    run: backfill,
  },
  {
    usage: 'workflows backfills <workflow>',
    text: 'List backfills with their progress, newest first',
    options: PAGE_OPTIONS,
    run: backfills,
  },
];

async function health(call: Call): Promise<void> {
  showHealth(call, await call.client.call('GET', path`/v1/workflows/${call.args[0]!}/trigger`));
}

async function series(call: Call): Promise<void> {
  const query = { from: option(call, 'from'), to: option(call, 'to'), bucket: option(call, 'bucket') ?? '3600' };
  const answer = await call.client.call('GET', path`/v1/workflows/${call.args[0]!}/trigger/series`, { query });
  printAnswer(call, answer, ({ items }: { items: Json[] }) => {
    if (items.length === 0) return print(call.shell, 'No polls in this time.');
    const rows = items.map((item) => [
      time(item.at),
      item.polls,
      item.failures,
      item.events,
      item.lag.seconds,
      item.lag.rows,
    ]);
    const header = ['FROM', 'POLLS', 'FAILURES', 'EVENTS', 'MAX LAG (S)', 'MAX ROWS'];
    for (const line of table(call.shell, header, rows)) print(call.shell, line);
  });
}

async function turn(call: Call, word: 'pause' | 'resume', body: Json | undefined): Promise<void> {
  const where = `${path`/v1/workflows/${call.args[0]!}`}/${word}`;
  showHealth(call, await call.client.call('POST', where, body === undefined ? {} : { body }));
}

async function backfill(call: Call): Promise<void> {
  const name = call.args[0]!;
  const made = await call.client.call('POST', path`/v1/workflows/${name}/backfills`, {
    body: { until: option(call, 'until'), after: option(call, 'after') },
  });
  printAnswer(call, made, () =>
    print(call.shell, `${made.id} has started. Follow it with: npx penstock workflows backfills ${name}`),
  );
}

async function backfills(call: Call): Promise<void> {
  await printList(call, path`/v1/workflows/${call.args[0]!}/backfills`, {
    none: 'No backfills.',
    columns: {
      ID: ({ id }) => id,
      STATUS: ({ status }) => status,
      AFTER: ({ after }) => after ?? 'the first',
      UNTIL: ({ until }) => until,
      EVENTS: ({ events }) => events,
      ERROR: ({ last_error }) => last_error,
    },
  });
}

/** What is not delivered, of what is known. */
export function lagText(lag: { seconds: number | null; rows: number | null; versions: number | null }): string {
  if (lag.rows === 0) return 'none';
  const parts = [
    lag.rows === null ? [] : `${lag.rows} rows`,
    lag.versions === null ? [] : `${lag.versions} versions`,
    lag.seconds === null ? [] : `${Math.round(lag.seconds)} s`,
  ].flat();
  return parts.length === 0 ? 'unknown' : parts.join(', ');
}

function showHealth(call: Call, answer: Json): void {
  printAnswer(call, answer, ({ workflow: _workflow, cursor, next_tick_at, lag, warnings = [], ...fields }) => {
    printFields(call.shell, {
      ...fields,
      lag: lag && lagText(lag),
      next_tick_at: next_tick_at && time(next_tick_at),
      last_success_at: cursor?.last_success_at && time(cursor.last_success_at),
      failures: cursor?.failures,
      last_error: cursor?.last_error,
      hint: cursor?.last_hint,
      paused: cursor?.paused && `by ${cursor.paused.by}: ${cursor.paused.reason}`,
    });
    for (const { pointer, message } of warnings) print(call.shell, `Warning: ${pointer} ${message}`);
  });
}
