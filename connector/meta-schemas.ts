import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledSchema, JsonObject } from './manifest.ts';
import { compileSchema } from './schema.ts';

export type ManifestKind = 'connector' | 'action' | 'trigger';

/** The schema of each kind of manifest. */
export type MetaSchemas = Readonly<Record<ManifestKind, CompiledSchema>>;

/** Those that were read last: each folder of manifests has the same ones, and compiling them takes longer than reading a folder. */
let last: { text: string; schemas: MetaSchemas } | undefined;

/** Reads them from their folder. */
export async function readMetaSchemas(folder: string): Promise<MetaSchemas> {
  const files = ['action', 'trigger', 'connector', 'input', 'output'].map((name) => join(folder, `${name}.json`));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const text = texts.join('\n');
  if (text !== last?.text) last = { text, schemas: compileMetaSchemas(texts) };
  return last.schemas;
}

function compileMetaSchemas(texts: readonly string[]): MetaSchemas {
  const others = texts.map((text) => JSON.parse(text) as JsonObject);
  const [action, trigger, connector] = others;
  return Object.freeze({
    action: compileSchema(action!, { others }),
    trigger: compileSchema(trigger!, { others }),
    connector: compileSchema(connector!, { others }),
  });
}
