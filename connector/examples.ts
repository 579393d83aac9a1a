import type { Fault } from './errors.ts';
import type { Catalogue, JsonObject } from './manifest.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { assertSchema } from './schema.ts';

/**
 * Compiles every schema and runs every example through the schemas of its manifest, so that what documentation and forms
 * show is what the engine accepts. Examples must be written as the edge writes them: nothing to be filled in or converted in an output.
 */
export function checkExamples(catalogue: Catalogue, files: ManifestFiles): Fault[] {
  const faults: Fault[] = [];
  for (const { file, manifest } of files.connectors) compile(manifest.connection, `${file}#/connection`, faults);
  for (const { file, manifest } of [...files.actions, ...files.triggers]) {
    const schemas: [string, JsonObject | undefined][] = [
      ['input', manifest.input],
      ['options', 'options' in manifest ? manifest.options : undefined],
      ['output', manifest.output],
    ];
    const works = schemas.every(([key, schema]) => schema === undefined || compile(schema, `${file}#/${key}`, faults));
    if (!works) continue;
    const input = (catalogue.actions.get(manifest.id) ?? catalogue.triggers.get(manifest.id))!.input;
    const output = catalogue.actions.get(manifest.id)?.output;
    manifest.examples.forEach((example, index) => {
      const at = `${file}#/examples/${index}`;
      faults.push(...moved(input.faults(example.input), `${at}/input`));
      faults.push(...moved(output?.faults(example.output) ?? [], `${at}/output`));
    });
  }
  return faults;
}

function compile(schema: JsonObject, pointer: string, faults: Fault[]): boolean {
  try {
    assertSchema(schema);
    return true;
  } catch (error) {
    faults.push({ pointer, message: `is not a usable JSON Schema: ${(error as Error).message}` });
    return false;
  }
}

function moved(faults: Fault[], pointer: string): Fault[] {
  return faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
}
