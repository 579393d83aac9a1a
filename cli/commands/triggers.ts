import { printAnswer } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { count } from '../confirm.ts';
import { readJsonArgument } from '../input.ts';
import { UsageError } from '../problem.ts';
import { print } from '../shell.ts';
import { table } from '../table.ts';
import { listManifests } from './manifests.ts';

/** Columns of a preview on a terminal; `--json` has all. */
const MAX_COLUMNS = 8;

/** What can start a workflow, and what it would deliver. */
export const TRIGGER_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'triggers list',
    isDefault: true,
    text: 'List triggers',
    options: [{ flags: '--search <text>', text: 'only items with this text in id, title or description' }],
    run: (call) => listManifests(call, '/v1/triggers'),
  },
  {
    usage: 'triggers preview [trigger]',
    text: 'Show the events that a polling trigger would deliver next, and how many; nothing is delivered',
    options: [
      { flags: '--workflow <name or id>', text: 'start from its cursor; without a trigger, preview its own' },
      { flags: '--account <name or id>', text: 'the linked account' },
      { flags: '--auth <id>', text: 'authentication of the account (default: its default authentication)' },
      { flags: '--input <json>', text: 'input of the trigger: JSON, @FILE, or - for standard input' },
      { flags: '--from-start', text: 'as if the workflow had not read anything yet' },
      { flags: '--limit <count>', text: 'maximum number of events (default: 20)' },
    ],
    examples: ['npx penstock triggers preview --workflow new-flights --from-start'],
    run: preview,
  },
];

async function preview(call: Call): Promise<void> {
  const workflow = option(call, 'workflow');
  const [id] = call.args;
  if (id === undefined && workflow === undefined) {
    throw new UsageError('triggers preview: name a trigger, or a workflow with --workflow');
  }
  const own: Json = id === undefined ? await triggerOf(call, workflow!) : { id, input: {} };
  const input = option(call, 'input');
  const limit = option(call, 'limit');
  const body = {
    input: input === undefined ? own.input : await readJsonArgument(call.shell, '--input', input),
    linked_account: option(call, 'account') ?? own.linked_account,
    authentication: option(call, 'auth') ?? own.authentication,
    workflow,
    ...(call.options.fromStart === true && { from: 'start' }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
  const answer = await call.client.call('POST', path`/v1/triggers/${String(own.id)}/preview`, { body });
  printAnswer(call, answer, () => show(call, answer));
}

/** The trigger of a workflow as it is published. */
async function triggerOf(call: Call, workflow: string): Promise<Json> {
  const { trigger } = await call.client.call('GET', path`/v1/workflows/${workflow}`);
  if (trigger.id === undefined) throw new UsageError(`the workflow "${workflow}" has no published trigger`);
  return trigger;
}

function show({ shell }: Call, { events, total, truncated, held_back, from, cursor }: Json): void {
  const rows = (events as Json[]).map(({ data }) => (data !== null && typeof data === 'object' ? data : { data }));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, MAX_COLUMNS);
  if (rows.length > 0) {
    const cells = rows.map((row) => names.map((name) => row[name]));
    for (const line of table(shell, names, cells)) print(shell, line);
  }
  const start = from === null ? 'from the start' : `after ${from.value ?? 'the start'}`;
  const column = cursor === null ? '' : ` of ${cursor.column}${cursor.type === null ? '' : ` (${cursor.type})`}`;
  const many = `${total.exact ? '' : 'At least '}${count(total.events, 'event')}`;
  print(shell, `${many} would be delivered ${start}${column}. Nothing was delivered.`);
  if (truncated) print(shell, 'Some are not shown: they are too large.');
  if (held_back > 0) print(shell, `${count(held_back, 'row')} in the future would be held back.`);
}
