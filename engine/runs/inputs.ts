import { partsOf } from '../../connector/json-pointer.ts';
import { loadRef } from '../artifacts/load.ts';
import { withWhole } from '../artifacts/pointers.ts';
import { loadValue } from '../artifacts/values.ts';
import { revealSecrets } from '../secrets/secrets.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { secretsOfRun } from './run-secrets.ts';

/**
 * What an action that takes its input whole may be given of a result: as much as one answer of a service may have. Actions
 * that take rows read them in parts, of any number.
 */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/**
 * The whole input of a run, secrets opened: read from where it is kept, with what it refers to put in its places.
 * Parts may be shared with other runs: nobody may change them. `without`: pointers that are left out.
 * @throws ConnectorError ERR_NOT_FOUND when a part went with the run that it belongs to; ERR_EXPRESSION for one of more than
 * MAX_INPUT_BYTES; ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN
 */
export async function loadInput(ctx: Context, run: Run, without: readonly string[] = []): Promise<unknown> {
  let input = await loadShownOwnInput(ctx, run);
  for (const [pointer, ref] of Object.entries(run.input_refs ?? {})) {
    if (without.includes(pointer)) continue;
    const value = await loadRef(ctx, ref, Math.max(MAX_INPUT_BYTES, ctx.config.expressionMaxBytes));
    if (value !== undefined) input = withWhole(input, ref, partsOf(pointer), value);
  }
  return revealSecrets(input, secretsOfRun(ctx, run, 'input'));
}

/** The input without what it refers to, secrets opened. */
export async function loadOwnInput(ctx: Context, run: Run): Promise<unknown> {
  return revealSecrets(await loadShownOwnInput(ctx, run), secretsOfRun(ctx, run, 'input'));
}

/** The same as a reader may see it. */
export function loadShownOwnInput(ctx: Context, run: Run): Promise<unknown> {
  const { input, input_artifact: artifact } = run;
  return loadValue(ctx, artifact === undefined ? { value: input } : { artifact });
}
