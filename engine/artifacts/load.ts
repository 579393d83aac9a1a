import { ConnectorError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import { readNames, readPath } from '../expressions/plain-path.ts';
import type { ArtifactHandle, ValueRef } from './artifact-store.ts';
import type { Context } from './context.ts';
import { openElements } from './elements.ts';
import { withRows } from './trigger-scope.ts';
import { loadValue } from './values.ts';

const MIB = 1024 * 1024;

/**
 * The value at a reference, in memory, with the meaning of a plain path in an expression. It may be shared: nobody may change it.
 * @throws ConnectorError ERR_EXPRESSION when it has more than `maxBytes`, naming the artifact; ERR_NOT_FOUND when it is gone
 */
export async function loadRef(ctx: Context, ref: ValueRef, maxBytes: number): Promise<unknown> {
  const { artifact, path } = ref;
  const isJson = artifact.media_type === 'application/json';
  if (isJson && artifact.size <= maxBytes) return readWhole(ctx, ref);
  if (path.length === 0 && artifact.size > maxBytes) throw tooLarge(artifact, artifact.size, maxBytes);
  const { kind, isJoined, batches } = await openElements(ctx, ref);
  const found: unknown[] = [];
  let size = 0;
  for await (const batch of batches) {
    // Rows that are taken as they are have been counted by the size of their artifact.
    if (path.length > 0) size += stringifyJson(batch).length;
    if (size > maxBytes) throw tooLarge(artifact, artifact.size, maxBytes);
    for (const value of batch) found.push(value);
  }
  if (kind !== 'list') return found[0];
  // A path through a list gives one value as it is, as everywhere in expressions.
  return !isJoined || ref.is_list === true || found.length > 1 ? found : found[0];
}

/** How many values are at a reference, as `$count` counts them: of a list its elements, of nothing 0. */
export async function countRef(ctx: Context, ref: ValueRef): Promise<number> {
  if (ref.path.length === 0 && ref.count !== undefined) return ref.count;
  const { batches } = await openElements(ctx, ref);
  let count = 0;
  for await (const batch of batches) count += batch.length;
  return count;
}

async function readWhole(ctx: Context, { artifact, path, is_trigger, is_list }: ValueRef): Promise<unknown> {
  const stored = await loadValue(ctx, { artifact });
  const root = is_trigger === true && (path.length === 0 || path[0] === 'rows') ? withRows(stored) : stored;
  const plain = readNames(path, root);
  if (plain.found) return plain.value;
  const value = readPath(path, root);
  return is_list !== true || Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** The error for a result that does not fit. */
function tooLarge({ id, media_type }: ArtifactHandle, size: number, maxBytes: number): ConnectorError {
  return new ConnectorError(
    'ERR_EXPRESSION',
    `the result is too large for an expression: ${inMib(size)} (artifact ${id}, ${media_type}); the limit is ${inMib(maxBytes)}`,
    {
      hint:
        'Pass the whole result by its plain path, such as {{ steps.query.output.rows }}, to an action that accepts rows or to for_each; ' +
        'count it with $count(steps.query.output.rows); or select less in the statement. ' +
        'PENSTOCK_EXPRESSION_MAX_BYTES raises the limit.',
    },
  );
}

function inMib(bytes: number): string {
  return bytes < MIB ? `${bytes} bytes` : `${(bytes / MIB).toFixed(1)} MiB (${bytes} bytes)`;
}
