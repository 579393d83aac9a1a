import { stringifyAtEdge } from '../../connector/json.ts';
import { PAGE_OPTIONS, printList } from '../answer.ts';
import type { Json } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';

/** Events of authentications, triggers, approvals and runs. */
export const EVENT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'events tail',
    isDefault: true,
    text: 'Follow the events of authentications, triggers, approvals and runs',
    options: [
      { flags: '--after <event>', text: 'start after this event; 0 for all stored events (default: new events only)' },
    ],
    run: follow,
  },
  {
    usage: 'events list',
    text: 'List the stored events, newest first',
    options: [
      { flags: '--type <type>', text: 'only events of this type, such as run.failed' },
      { flags: '--workflow <id>', text: 'only events about this workflow' },
      { flags: '--run <id>', text: 'only events about this run' },
      { flags: '--from <time>', text: 'at or after this time (ISO 8601)' },
      { flags: '--to <time>', text: 'at or before this time (ISO 8601)' },
      ...PAGE_OPTIONS,
    ],
    run: list,
  },
];

async function follow(call: Call): Promise<void> {
  const after = option(call, 'after');
  if (after !== undefined && !/^\d+(-\d+)?$/.test(after))
    throw new UsageError(`--after is "${after}"; pass 0 or the id of an event`);
  const where = after === undefined ? '/v1/events' : `/v1/events?after=${after}`;
  for await (const { data } of call.client.events(where)) {
    if (call.isJson) print(call.shell, stringifyAtEdge(data));
    else print(call.shell, `${time(data.timestamp)}  ${data.type}  ${describe(data.data)}`);
  }
}

async function list(call: Call): Promise<void> {
  await printList(call, '/v1/events', {
    query: Object.fromEntries(['type', 'workflow', 'run', 'from', 'to'].map((name) => [name, option(call, name)])),
    none: 'No events.',
    columns: {
      TIME: ({ timestamp }) => time(timestamp),
      TYPE: ({ type }) => type,
      WHAT: ({ data }) => describe(data),
    },
  });
}

function describe(data: Json): string {
  const { authentication, name, linked_account, status, previous_status, reason } = data;
  if (authentication === undefined) {
    return Object.entries(data)
      .map(([field, value]) => `${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ');
  }
  const change = previous_status === undefined ? status : `${previous_status} -> ${status}`;
  return `${name} (${authentication} of ${linked_account})  ${change}${reason === undefined ? '' : `  ${reason}`}`;
}
