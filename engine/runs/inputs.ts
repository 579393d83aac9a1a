import type { Context } from '../context.ts';
import { readPath } from '../expressions/plain-path.ts';
import { withRows } from '../ticks/trigger-scope.ts';
import type { Run, ValueRef } from './runs.ts';
import { loadValue } from './values.ts';

/**
 * The whole input of a run, secrets still sealed: read from where it is kept, with what it refers to put in its places.
 * Parts may be shared with other runs: nobody may change them.
 * @throws ConnectorError ERR_NOT_FOUND when a part went with the run that it belongs to
 */
export async function loadInput(ctx: Context, run: Run): Promise<unknown> {
  const own = await loadValue(
    ctx,
    run.input_artifact === undefined ? { value: run.input } : { artifact: run.input_artifact },
  );
  let input = own;
  for (const [pointer, ref] of Object.entries(run.input_refs ?? {})) {
    const value = await loadRef(ctx, ref);
    if (value !== undefined) input = withValue(input, pointer.split('/').slice(1).map(unescapePart), value);
  }
  return input;
}

async function loadRef(ctx: Context, { artifact, path, is_trigger }: ValueRef): Promise<unknown> {
  const stored = await loadValue(ctx, { artifact });
  const root = is_trigger === true && path[0] === 'rows' ? withRows(stored) : stored;
  if (path.length === 0) return is_trigger === true ? withRows(stored) : root;
  return readPath(path, root);
}

/** A copy with a value at a place; what is beside the way is shared. */
function withValue(target: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  const present = (target ?? {}) as Record<string, unknown>;
  return { ...present, [name]: withValue(present[name], rest, value) };
}

function unescapePart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
