import { PAGE_OPTIONS, printList } from '../answer.ts';
import { type CommandSpec, option } from '../command.ts';
import { time } from '../table.ts';

const FILTERS = ['action', 'actor', 'target', 'from', 'to'];

/** Changes by people and by the engine. */
export const AUDIT_COMMAND: CommandSpec = {
  usage: 'audit',
  heading: 'Operations',
  text: 'List the audit log: who changed what, when and from where, newest first',
  options: [
    { flags: '--action <action>', text: 'only this action, such as workflow.update, or kind, such as authentication' },
    { flags: '--actor <key>', text: 'only changes by this API key (id or name)' },
    { flags: '--target <name or id>', text: 'only changes of this object' },
    { flags: '--from <time>', text: 'at or after this time (ISO 8601)' },
    { flags: '--to <time>', text: 'at or before this time (ISO 8601)' },
    ...PAGE_OPTIONS,
  ],
  run: (call) =>
    printList(call, '/v1/audit', {
      query: Object.fromEntries(FILTERS.map((name) => [name, option(call, name)])),
      none: FILTERS.some((name) => option(call, name) !== undefined) ? 'No entries.' : 'The audit log is empty.',
      columns: {
        AT: (entry) => time(entry.at),
        WHO: (entry) => entry.actor.name,
        FROM: (entry) => entry.actor.from,
        WHAT: (entry) => entry.action,
        TARGET: (entry) => entry.target.name ?? entry.target.id,
        DETAILS: (entry) => entry.details,
      },
    }),
};
