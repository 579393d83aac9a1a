import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { confirmLoss, count, YES_OPTION } from '../confirm.ts';
import { ApiProblem } from '../problem.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';

/** How far the trigger of a workflow has read. */
export const CURSOR_COMMANDS: readonly CommandSpec[] = [
  { usage: 'cursor show <workflow>', text: 'Show how far the trigger has read', run: show },
  {
    usage: 'cursor set <workflow>',
    text: 'Set the cursor: rows after it are delivered, even if they were delivered before',
    options: [
      {
        flags: '--value <value>',
        text: 'value of the cursor column in the last row that counts as read',
        isRequired: true,
      },
      {
        flags: '--key <value>',
        text: 'value of the key column in that row (default: every row with the value counts as read)',
      },
    ],
    run: set,
  },
  {
    usage: 'cursor preview <workflow>',
    text: 'Count the events that a set or reset would deliver again, without moving the cursor',
    options: [
      { flags: '--value <value>', text: 'as for set; omit it to preview a reset' },
      { flags: '--key <value>', text: 'as for set' },
    ],
    run: preview,
  },
  {
    usage: 'cursor reset <workflow>',
    text: 'Reset the cursor to the start of the trigger, after showing how many events that delivers again',
    options: [YES_OPTION],
    run: reset,
  },
  {
    usage: 'cursor history <workflow>',
    text: 'List the last moves, newest first',
    options: PAGE_OPTIONS,
    run: history,
  },
];

async function show(call: Call): Promise<void> {
  const cursor = await call.client.call('GET', cursorPath(call));
  showCursor(call, cursor);
}

async function set(call: Call): Promise<void> {
  const cursor = await call.client.call('PUT', cursorPath(call), {
    body: { value: option(call, 'value'), key: option(call, 'key') },
  });
  showCursor(call, cursor);
}

async function preview(call: Call): Promise<void> {
  const value = option(call, 'value');
  const query = { dry_run: 'true' };
  const answer =
    value === undefined
      ? await call.client.call('DELETE', cursorPath(call), { query })
      : await call.client.call('PUT', cursorPath(call), { query, body: { value, key: option(call, 'key') } });
  printAnswer(call, answer, ({ events }) =>
    print(call.shell, `${events} events would be delivered again. Nothing was moved.`),
  );
}

async function reset(call: Call): Promise<void> {
  await confirmLoss(call, `Reset the cursor of ${call.args[0]}?`, [await countAgain(call)]);
  await call.client.call('DELETE', cursorPath(call));
  printAnswer(call, {}, () => print(call.shell, `The cursor of ${call.args[0]} is at the start.`));
}

/** A source that cannot be asked keeps nobody from a reset. */
async function countAgain(call: Call): Promise<string> {
  try {
    const { events } = await call.client.call('DELETE', cursorPath(call), { query: { dry_run: 'true' } });
    return `${count(events, 'event')} will be delivered again.`;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.status === 404) throw error;
    return `The number of events that will be delivered again is unknown: ${error.message}`;
  }
}

async function history(call: Call): Promise<void> {
  await printList(call, `${cursorPath(call)}/history`, {
    none: 'The cursor has not moved.',
    columns: {
      AT: ({ at }) => time(at),
      EVENTS: ({ events }) => events,
      VALUE: ({ value }) => value,
      KEY: ({ key }) => key,
      BY: ({ run, by }) => run ?? by,
    },
  });
}

function showCursor(call: Call, cursor: Json): void {
  printAnswer(call, cursor, ({ position, ...fields }) => {
    printFields(call.shell, { value: position?.value ?? 'at the start', key: position?.key, ...fields });
  });
}

function cursorPath(call: Call): string {
  return path`/v1/workflows/${call.args[0]!}/cursor`;
}
