import { stringifyAtEdge } from '../../connector/json.ts';
import { PAGE_OPTIONS, printList } from '../answer.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';

/** What happened: changes by people, and the life of authentications. */
export const LOG_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'audit',
    heading: 'Operation',
    text: 'lists who changed what, when and from where, newest first',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/audit', {
        none: 'Nothing was changed yet.',
        columns: {
          AT: (entry) => time(entry.at),
          WHO: (entry) => entry.actor.name,
          FROM: (entry) => entry.actor.from,
          WHAT: (entry) => entry.action,
          TARGET: (entry) => entry.target.name ?? entry.target.id,
          DETAILS: (entry) => entry.details,
        },
      }),
  },
  {
    usage: 'events',
    heading: 'Operation',
    text: 'follows the life of the authentications until it is stopped',
    options: [{ flags: '--after <id>', text: 'begin after this event; 0 for all that are kept (only new ones)' }],
    run: follow,
  },
];

async function follow(call: Call): Promise<void> {
  const after = option(call, 'after');
  if (after !== undefined && !/^\d+(-\d+)?$/.test(after))
    throw new UsageError(`--after is "${after}"; give 0, or the position that an event had`);
  const where = after === undefined ? '/v1/events' : `/v1/events?after=${after}`;
  for await (const { data } of call.client.events(where)) {
    if (call.isJson) print(call.shell, stringifyAtEdge(data));
    else {
      const { authentication, name, linked_account, status, previous_status, reason } = data.data;
      const change = previous_status === undefined ? status : `${previous_status} -> ${status}`;
      const why = reason === undefined ? '' : `  ${reason}`;
      print(
        call.shell,
        `${time(data.timestamp)}  ${data.type}  ${name} (${authentication} of ${linked_account})  ${change}${why}`,
      );
    }
  }
}
