import type { Context } from '../context.ts';
import { revealSecrets } from '../keys/secrets.ts';
import { secretsOfRun } from './run-secrets.ts';
import type { Run } from './runs.ts';
import { loadValue } from './values.ts';

/**
 * The output of a run, read from its artifact when it is a whole value kept there; a stream's handle is given as it is.
 * `open` puts the secrets in that a step of a workflow gives on; `shown` is what a reader may see.
 */
export async function loadOutput(ctx: Context, run: Run, how: 'open' | 'shown'): Promise<unknown> {
  const shown =
    run.output !== undefined || run.artifact === undefined
      ? run.output
      : await loadValue(ctx, { artifact: run.artifact });
  return how === 'open' && run.sealed_output !== undefined
    ? revealSecrets(shown, secretsOfRun(ctx, run, 'output'))
    : shown;
}
