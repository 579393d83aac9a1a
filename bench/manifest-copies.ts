import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MANIFESTS = fileURLToPath(new URL('../manifests/', import.meta.url));

interface Copied {
  id: string;
  request?: unknown;
  shape?: unknown;
  await?: { explain?: unknown };
  pages?: { style: string };
  examples: { setup?: unknown }[];
}

/** Makes connectors with this many actions in a folder: those of Penstock that are data alone, copied under other ids until there are enough. */
export async function copyManifests(folder: string, count: number): Promise<void> {
  const originals = await dataOf(['databricks', 'github', 'slack']);
  let left = count;
  for (let copy = 1; left > 0; copy += 1) {
    for (const { id, actions } of originals) {
      if (left > 0) await copyConnector(join(folder, `${id}_${copy}`), { id, copy, actions: actions.slice(0, left) });
      left -= actions.length;
    }
  }
}

async function dataOf(ids: readonly string[]): Promise<{ id: string; actions: Copied[] }[]> {
  return Promise.all(
    ids.map(async (id) => {
      const names = await readdir(join(MANIFESTS, id, 'actions'));
      const texts = await Promise.all(names.map((name) => readFile(join(MANIFESTS, id, 'actions', name), 'utf8')));
      return { id, actions: texts.map((text) => JSON.parse(text) as Copied).filter(isData) };
    }),
  );
}

function isData({ request, shape, await: wait, pages }: Copied): boolean {
  return request !== undefined && shape === undefined && wait?.explain === undefined && pages?.style !== 'chunks';
}

async function copyConnector(
  folder: string,
  { id, copy, actions }: { id: string; copy: number; actions: readonly Copied[] },
): Promise<void> {
  await mkdir(join(folder, 'actions'), { recursive: true });
  const {
    icon: _icon,
    default: _default,
    ...connector
  } = JSON.parse(await readFile(join(MANIFESTS, id, 'connector.json'), 'utf8')) as { icon: unknown; default: unknown };
  await writeFile(join(folder, 'connector.json'), JSON.stringify({ ...connector, id: `${id}_${copy}` }, undefined, 2));
  const known = new Set(actions.map((action) => action.id));
  const used = new Set<string>();
  for (const action of actions) {
    const examples = action.examples.map(({ setup: _setup, ...example }) => example);
    const made = withoutChoices({ ...action, examples }, known);
    const text = JSON.stringify(made, undefined, 2).replaceAll(`"${id}.`, `"${id}_${copy}.`);
    await writeFile(join(folder, 'actions', `${action.id.slice(id.length + 1)}.json`), text);
    await copySchemas(text, { from: join(MANIFESTS, id, 'schemas'), to: join(folder, 'schemas'), used });
  }
}

/** The shared schemas that a text refers to, and those that they refer to. */
async function copySchemas(text: string, of: { from: string; to: string; used: Set<string> }): Promise<void> {
  for (const [, name] of text.matchAll(/"\$ref": ?"(?:\.\.\/schemas\/)?(\w+)\.json"/g)) {
    if (of.used.has(name!)) continue;
    of.used.add(name!);
    await mkdir(of.to, { recursive: true });
    await cp(join(of.from, `${name}.json`), join(of.to, `${name}.json`));
    await copySchemas(await readFile(join(of.from, `${name}.json`), 'utf8'), of);
  }
}

/** Choices that come from an action which is not copied are left out. */
function withoutChoices(value: unknown, known: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutChoices(item, known));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => key !== 'x-options' || known.has((inner as { action: string }).action),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutChoices(inner, known)]));
}
