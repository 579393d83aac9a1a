import { printAnswer } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { print } from '../shell.ts';

const OPTIONS: readonly OptionSpec[] = [
  { flags: '--step <step>', text: 'of a workflow run in which several steps wait' },
  { flags: '--comment <text>', text: 'kept with the decision' },
];

/** Decisions about runs that wait for a person. */
export const APPROVAL_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'runs approve <run>',
    text: 'lets a run that waits for an approval go on',
    options: OPTIONS,
    run: (call) => decide(call, 'approve'),
  },
  {
    usage: 'runs deny <run>',
    text: 'refuses what a run waits for',
    options: OPTIONS,
    run: (call) => decide(call, 'deny'),
  },
];

async function decide(call: Call, word: 'approve' | 'deny'): Promise<void> {
  const run = await call.client.call('POST', `${path`/v1/runs/${call.args[0]!}`}/${word}`, {
    body: { step: option(call, 'step'), comment: option(call, 'comment') },
  });
  printAnswer(call, run, () =>
    print(call.shell, `${run.step ?? run.id} is ${word === 'approve' ? 'approved' : 'refused'}.`),
  );
}
