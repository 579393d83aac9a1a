import type { Call, OptionSpec } from './command.ts';
import { UsageError } from './problem.ts';
import { confirm } from './prompt.ts';
import { note } from './shell.ts';

/** Of commands that cannot be undone. */
export const YES_OPTION: OptionSpec = { flags: '--yes', text: 'do not ask for confirmation' };

/**
 * Says what a command would break, and asks. Nothing is asked with --yes; without a terminal the answer is no.
 * @throws UsageError when the answer is no
 */
export async function confirmLoss(call: Call, question: string, consequences: readonly string[]): Promise<void> {
  for (const line of consequences) note(call.shell, line);
  if (call.options.yes === true || (await confirm(call.shell, question))) return;
  throw new UsageError('nothing was changed', 'Pass --yes to skip the confirmation.');
}

/** A number with its noun. */
export function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
