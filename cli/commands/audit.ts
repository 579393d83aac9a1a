import { PAGE_OPTIONS, printList } from '../answer.ts';
import type { CommandSpec } from '../command.ts';
import { time } from '../table.ts';

/** Changes by people and by the engine. */
export const AUDIT_COMMAND: CommandSpec = {
  usage: 'audit',
  heading: 'Operations',
  text: 'List the audit log: who changed what, when and from where, newest first',
  options: PAGE_OPTIONS,
  run: (call) =>
    printList(call, '/v1/audit', {
      none: 'The audit log is empty.',
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
