import { randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { type ArtifactHandle, artifactId } from '../artifacts/artifact-store.ts';
import { openElements, readLines } from '../artifacts/elements.ts';
import { copyAsLines, type LinesCopy } from '../artifacts/lines-copy.ts';
import { keepPart, knownPart, MAX_INLINE_BYTES, storeValue } from '../artifacts/values.ts';
import type { Context } from '../runs/context.ts';
import { loadOwnInput } from '../runs/inputs.ts';
import type { Run } from '../runs/run.ts';
import { hideOfRun, secretsOfRun } from '../runs/run-secrets.ts';
import { readRun } from '../runs/runs.ts';
import { placesBelow, type SecretPlaces } from '../secrets/secret-places.ts';
import type { ChildPlace } from './child-write.ts';
import type { Evaluated } from './step-scope.ts';

/** The items of a loop: few in its record, many as lines of an artifact, with the pages by which one of them is found. */
export interface LoopItems {
  count: number;
  /** What the record of the loop's run gets of them. */
  fields: Pick<Run, 'input' | 'input_artifact' | 'sealed_input' | 'artifacts'>;
  /** Of items in an artifact that is read by pages. */
  pages?: ArtifactHandle;
}

/** One item, and which places of it are secret. */
export interface LoopItem {
  value: unknown;
  places?: SecretPlaces;
}

const RANDOM_BYTES = 6;

/**
 * Keeps the items that an expression gave, whatever their number. Each call makes a copy of its own.
 * @throws ConnectorError ERR_INPUT_INVALID when they are no list
 */
export async function keepItems(ctx: Context, { input, refs, places }: Evaluated, at: ChildPlace): Promise<LoopItems> {
  const ref = refs?.['/items'];
  if (ref !== undefined) {
    const { kind, batches } = await openElements(ctx, ref);
    if (kind === 'list') return keepLines(ctx, at.id, batches);
    let only: unknown;
    for await (const [value] of batches) only = value;
    const { length: count } = listOf(only, at.step.id);
    return { count, fields: { input: null } };
  }
  const items = listOf(input.items, at.step.id);
  if (places.size > 0) return keepSecret(ctx, { items }, { at, places });
  if (Buffer.byteLength(stringifyJson(items)) <= MAX_INLINE_BYTES)
    return { count: items.length, fields: { input: { items } } };
  return keepLines(ctx, at.id, inMemory(items));
}

/** Takes back what was kept for a loop that another call had begun. */
export async function dropItems(ctx: Context, items: LoopItems): Promise<void> {
  if (items.pages === undefined) return;
  await ctx.artifacts.remove(items.fields.input_artifact!.id);
  await ctx.artifacts.remove(items.pages.id);
}

/** Opens the items of a loop's run; `at` reads one. */
export async function openItems(ctx: Context, run: Run): Promise<{ at(index: number): Promise<LoopItem> }> {
  const { input_artifact: lines } = run;
  if (run.loop!.pages === undefined || lines === undefined) {
    // The head of a run has no input.
    const whole = run.input === undefined && lines === undefined ? ((await readRun(ctx, run.id)) ?? run) : run;
    const { items = [] } = ((await loadOwnInput(ctx, whole)) ?? {}) as { items?: unknown[] };
    const { places } = secretsOfRun(ctx, whole, 'input');
    return { at: async (index) => ({ value: items[index], places: placesOfItem(places, index) }) };
  }
  const pages = (await readOnce(ctx, run.loop!.pages!, { start: 0, end: run.loop!.pages!.size - 1 }, async (body) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return parseJson(Buffer.concat(chunks).toString('utf8'));
  })) as LinesCopy['pages'];
  // Items that begin together wait for one read of their page.
  const reading = new Map<number, Promise<unknown>>();
  const readPage = (number: number) => {
    const [, start] = pages[number]!;
    const end = (pages[number + 1]?.[1] ?? lines.size) - 1;
    const page = readOnce(ctx, lines, { start, end }, allLines).finally(() => reading.delete(number));
    reading.set(number, page);
    return page;
  };
  return {
    async at(index) {
      const number = pages.findLastIndex(([first]) => first <= index);
      const page = (await (reading.get(number) ?? readPage(number))) as unknown[];
      return { value: page[index - pages[number]![0]] };
    },
  };
}

/** Items that hold secrets: these are sealed in the record, which bounds them. */
async function keepSecret(
  ctx: Context,
  input: { items: unknown[] },
  of: { at: ChildPlace; places: SecretPlaces },
): Promise<LoopItems> {
  const { at, places } = of;
  const { shown, sealed } = hideOfRun(ctx, input, { tenant: at.run.tenant, run: at.id, part: 'input', places });
  const stored = await storeValue(ctx, shown, { run: at.id, part: 'in' });
  return {
    count: input.items.length,
    fields: {
      ...('artifact' in stored ? { input: null, input_artifact: stored.artifact } : { input: shown }),
      ...(sealed === undefined ? {} : { sealed_input: sealed }),
    },
  };
}

/** Of a list that is secret as a whole, each item is. */
function placesOfItem(places: SecretPlaces, index: number): SecretPlaces {
  const [whole] = ['/items', ''].flatMap((pointer) => places.get(pointer) ?? []);
  return whole === undefined ? placesBelow(`/items/${index}`, places) : new Map([['', whole]]);
}

async function keepLines(ctx: Context, run: string, batches: AsyncIterable<unknown[]>): Promise<LoopItems> {
  const mark = randomBytes(RANDOM_BYTES).toString('hex');
  const { artifact: lines, count, pages } = await copyAsLines(ctx, artifactId(run, `items_${mark}`), batches);
  const text = Buffer.from(stringifyJson(pages));
  const id = artifactId(run, `pages_${mark}`);
  const writer = await ctx.artifacts.write(id, 0);
  try {
    await writer.write(text);
    await writer.flush();
  } finally {
    await writer.close();
  }
  const pagesOf = { id, media_type: 'application/json', size: text.byteLength };
  return { count, fields: { input: null, input_artifact: lines, artifacts: [id] }, pages: pagesOf };
}

/** Part of an artifact, read once for all items in it. */
async function readOnce(
  ctx: Context,
  { id }: ArtifactHandle,
  { start, end }: { start: number; end: number },
  read: (body: AsyncIterable<Uint8Array>) => Promise<unknown>,
): Promise<unknown> {
  const key = `${id} ${start}`;
  const known = knownPart(ctx, key);
  if (known !== undefined) return known.value;
  const value = await read(await ctx.artifacts.read(id, { start, end }));
  keepPart(ctx, key, { value, size: end - start + 1 });
  return value;
}

async function allLines(body: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { rows } of readLines(body)) found.push(...rows);
  return found;
}

async function* inMemory(items: unknown[]): AsyncGenerator<unknown[]> {
  yield items;
}

function listOf(items: unknown, step: string): unknown[] {
  if (items === undefined || items === null) return [];
  if (Array.isArray(items)) return items;
  throw new ConnectorError('ERR_INPUT_INVALID', `the items of step "${step}" are not a list`, {
    hint: 'Set for_each to an expression whose value is a list, such as {{ trigger.rows }}.',
    errors: [{ pointer: '/for_each/items', message: 'is not a list' }],
  });
}
