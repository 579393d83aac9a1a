import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';

const OPTIONS: readonly OptionSpec[] = [
  { flags: '--step <step>', text: 'the step to decide, if several steps of a workflow run are waiting' },
  { flags: '--comment <text>', text: 'comment stored with the decision' },
];

/** What waits for a person, and decisions about runs that wait for a person. */
export const APPROVAL_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'approvals list',
    isDefault: true,
    text: 'List runs that are waiting for approval, newest first',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/approvals', {
        none: 'No runs are waiting for approval.',
        columns: {
          ID: ({ id }) => id,
          STEP: ({ step }) => step,
          REQUESTED: ({ requested_at }) => time(requested_at),
          EXPIRES: ({ expires_at }) => time(expires_at),
          MESSAGE: ({ message }) => message,
        },
      }),
  },
  {
    usage: 'runs approve <run>',
    text: 'Approve a run that is waiting for approval',
    options: OPTIONS,
    run: (call) => decide(call, 'approve'),
  },
  {
    usage: 'runs deny <run>',
    text: 'Deny a run that is waiting for approval',
    options: OPTIONS,
    run: (call) => decide(call, 'deny'),
  },
];

async function decide(call: Call, word: 'approve' | 'deny'): Promise<void> {
  const run = await call.client.call('POST', `${path`/v1/runs/${call.args[0]!}`}/${word}`, {
    body: { step: option(call, 'step'), comment: option(call, 'comment') },
  });
  printAnswer(call, run, () =>
    print(call.shell, `${run.step ?? run.id} is ${word === 'approve' ? 'approved' : 'denied'}.`),
  );
}
