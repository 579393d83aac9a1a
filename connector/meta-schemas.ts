import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledSchema, JsonObject } from './manifest.ts';
import { compileSchema } from './schema.ts';

export type ManifestKind = 'connector' | 'action' | 'trigger';

/** The schema of each kind of manifest. */
export type MetaSchemas = Readonly<Record<ManifestKind, CompiledSchema>>;

/** Reads them from their folder. */
export async function readMetaSchemas(folder: string): Promise<MetaSchemas> {
  const read = async (name: string): Promise<JsonObject> =>
    JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
  const [action, trigger, connector, input, output] = await Promise.all(
    ['action', 'trigger', 'connector', 'input', 'output'].map(read),
  );
  const others = [action!, input!, output!];
  return {
    action: compileSchema(action!, { others: [input!, output!] }),
    trigger: compileSchema(trigger!, { others }),
    connector: compileSchema(connector!, { others }),
  };
}
