import { partsOf, pointerOf, valueAt, withValueAt } from '../../connector/json-pointer.ts';
import type { ArtifactHandle, ValueRef } from '../artifacts/artifact-store.ts';
import { countRef, loadRef } from '../artifacts/load.ts';
import { withWhole } from '../artifacts/pointers.ts';
import { withRows } from '../artifacts/trigger-scope.ts';
import { loadValue } from '../artifacts/values.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { secretsOfRun } from '../runs/run-secrets.ts';
import { revealSecrets } from '../secrets/secrets.ts';

/** A value where it is kept: in its record or an artifact, with parts of it, by JSON pointer, that are kept apart. */
export interface Kept {
  value: unknown;
  /** In place of `value`. */
  artifact?: ArtifactHandle | undefined;
  /** What is in `value` at such a pointer is a preview at most. */
  refs: Readonly<Record<string, ValueRef>>;
  /** It started a workflow: `rows` is made from its events. */
  isTrigger: boolean;
  /** Whose value it is: its secrets are sealed beside it. */
  run: Run;
}

/** Paths into it that are read as values, and those of which only the number of elements is. */
export interface Wanted {
  reads: readonly (readonly string[])[];
  counts: readonly (readonly string[])[];
}

/** The output of a run. */
export function keptOutput(run: Run): Kept {
  const artifact = run.output === undefined ? run.artifact : undefined;
  return { value: run.output, artifact, refs: run.output_refs ?? {}, isTrigger: false, run };
}

/** What a workflow's run was started with, of a record that has its input. */
export function keptTrigger(run: Run): Kept {
  return { value: run.input, artifact: run.input_artifact, refs: run.input_refs ?? {}, isTrigger: true, run };
}

/**
 * What a plain path refers to when its value is not inline: references by JSON pointer below it, `''` being the value itself.
 * `undefined` when the value is wholly inline; without `''` the inline value has parts that are kept apart.
 */
export function referTo(kept: Kept, names: readonly string[]): Record<string, ValueRef> | undefined {
  const found: Record<string, ValueRef> = {};
  for (const [pointer, ref] of Object.entries(kept.refs)) {
    const parts = partsOf(pointer);
    if (isPrefix(parts, names))
      return { '': { ...ref, is_preview: false, path: [...ref.path, ...names.slice(parts.length)] } };
    if (isPrefix(names, parts)) found[pointerOf(parts.slice(names.length))] = ref;
  }
  if (kept.artifact !== undefined) {
    const own = { artifact: kept.artifact, path: [...names], ...(kept.isTrigger ? { is_trigger: true } : {}) };
    return { '': own, ...found };
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/**
 * The value, with everything that the reads name: parts that are kept apart are loaded where they are read, and are a list of
 * the right length without elements where they are only counted. What nothing reads may be missing or a preview.
 * `open` puts the secrets in that a step gives on; `shown` is what a reader may see.
 * @throws ConnectorError ERR_EXPRESSION for a result of more than PENSTOCK_EXPRESSION_MAX_BYTES, ERR_NOT_FOUND when it is gone
 */
export async function loadKept(
  ctx: Context,
  kept: Kept,
  by: Wanted & { openness: 'open' | 'shown' },
): Promise<unknown> {
  const max = ctx.config.expressionMaxBytes;
  const { counts, reads } = onlyCounted(by);
  let value = await loadBase(ctx, kept, { reads, counts, max });
  for (const [pointer, ref] of Object.entries(kept.refs)) {
    const parts = partsOf(pointer);
    if (reads.some((names) => isPrefix(names, parts) || isPrefix(parts, names)))
      value = withWhole(value, ref, parts, await loadRef(ctx, ref, max));
    else
      for (const names of counts) {
        if (!isPrefix(parts, names)) continue;
        const path = [...ref.path, ...names.slice(parts.length)];
        // The preview has nothing to say about what is counted below it.
        if (names.length > parts.length && Array.isArray(valueAt(value, parts))) value = withValueAt(value, parts, {});
        value = withCount(value, names, await countRef(ctx, { ...ref, path }));
      }
  }
  if (by.openness === 'open')
    value = revealSecrets(value, secretsOfRun(ctx, kept.run, kept.isTrigger ? 'input' : 'output'));
  return kept.isTrigger ? withRows(value) : value;
}

async function loadBase(
  ctx: Context,
  { artifact, value, isTrigger }: Kept,
  by: Wanted & { max: number },
): Promise<unknown> {
  const { reads, counts, max } = by;
  if (artifact === undefined) return value;
  if (artifact.size <= max) return loadValue(ctx, { artifact });
  const ref = (path: readonly string[]): ValueRef => ({
    artifact,
    path: [...path],
    ...(isTrigger ? { is_trigger: true } : {}),
  });
  let base: unknown = {};
  for (const names of outermost(reads)) {
    const part = await loadRef(ctx, ref(names), max);
    if (part !== undefined) base = withValueAt(base, names, part);
  }
  // The types of the columns belong to the rows.
  if (reads.some(([name]) => name === 'rows') && !isTrigger)
    base = withValueAt(base, ['columns'], (await loadRef(ctx, ref(['columns']), max)) ?? []);
  for (const names of counts) base = withCount(base, names, await countRef(ctx, ref(names)));
  return base;
}

/** Counts of what is read as well, or counted at two depths, are reads: one place has one value. */
function onlyCounted(by: Wanted): Wanted {
  const isRelated = (a: readonly string[], b: readonly string[]) => isPrefix(a, b) || isPrefix(b, a);
  const counts = by.counts.filter(
    (names, index) =>
      !by.reads.some((read) => isRelated(read, names)) &&
      by.counts.every((other, at) => at === index || isSame(other, names) || !isRelated(other, names)),
  );
  const others = by.counts.filter((names) => !counts.includes(names));
  return { counts, reads: [...by.reads, ...others] };
}

function outermost(reads: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return reads.filter(
    (names, index) =>
      !reads.some((other, at) => at !== index && isPrefix(other, names) && (other.length < names.length || at < index)),
  );
}

/** A list of a length, without elements: all that a count needs. */
function withCount(value: unknown, names: readonly string[], count: number): unknown {
  const list: unknown[] = [];
  list.length = count;
  return withValueAt(value, names, list);
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.length <= long.length && short.every((name, index) => name === long[index]);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && isPrefix(a, b);
}
