import type { Context } from '../context.ts';
import { readPath } from '../expressions/plain-path.ts';
import { partsOf, withValueAt } from '../keys/pointers.ts';
import { revealSecrets } from '../keys/secrets.ts';
import { withRows } from '../ticks/trigger-scope.ts';
import { secretsOfRun } from './run-secrets.ts';
import type { Run, ValueRef } from './runs.ts';
import { loadValue } from './values.ts';

/**
 * The whole input of a run, secrets opened: read from where it is kept, with what it refers to put in its places.
 * Parts may be shared with other runs: nobody may change them.
 * @throws ConnectorError ERR_NOT_FOUND when a part went with the run that it belongs to; ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN
 */
export async function loadInput(ctx: Context, run: Run): Promise<unknown> {
  return revealSecrets(await loadShownInput(ctx, run), secretsOfRun(ctx, run, 'input'));
}

/** The same as a reader may see it. */
export async function loadShownInput(ctx: Context, run: Run): Promise<unknown> {
  let input = await loadValue(
    ctx,
    run.input_artifact === undefined ? { value: run.input } : { artifact: run.input_artifact },
  );
  for (const [pointer, ref] of Object.entries(run.input_refs ?? {})) {
    const value = await loadRef(ctx, ref);
    if (value !== undefined) input = withValueAt(input, partsOf(pointer), value);
  }
  return input;
}

async function loadRef(ctx: Context, { artifact, path, is_trigger }: ValueRef): Promise<unknown> {
  const stored = await loadValue(ctx, { artifact });
  const root = is_trigger === true && path[0] === 'rows' ? withRows(stored) : stored;
  if (path.length === 0) return is_trigger === true ? withRows(stored) : root;
  return readPath(path, root);
}
