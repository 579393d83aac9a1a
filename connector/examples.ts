import type { ValidationError } from './errors.ts';
import type { ActionManifest, JsonObject, Manifests, TriggerManifest } from './manifest.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { assertSchema } from './schema.ts';
import { checkSetup } from './setup-checks.ts';

/**
 * Compiles every schema and runs every example through the schemas of its manifest, so that what documentation and forms
 * show is what the engine accepts. Examples must be written as the edge writes them: nothing to be filled in or converted in an output.
 */
export function checkExamples(manifests: Manifests, files: ManifestFiles): ValidationError[] {
  const validationErrors: ValidationError[] = [];
  for (const { file, manifest } of files.connectors)
    compile(manifest.connection, `${file}#/connection`, validationErrors);
  for (const { file, manifest } of [...files.actions, ...files.triggers]) {
    const schemas: [string, JsonObject | undefined][] = [
      ['input', manifest.input],
      ['options', 'options' in manifest ? manifest.options : undefined],
      ['output', manifest.output],
      ...sourceOutputs(manifest),
    ];
    const works = schemas.every(
      ([key, schema]) => schema === undefined || compile(schema, `${file}#/${key}`, validationErrors),
    );
    if (!works) continue;
    const input = (manifests.actions.get(manifest.id) ?? manifests.triggers.get(manifest.id))!.input;
    const output = manifests.actions.get(manifest.id)?.output;
    manifest.examples.forEach((example, index) => {
      const at = `${file}#/examples/${index}`;
      validationErrors.push(...moved(input.validationErrors(example.input), `${at}/input`));
      validationErrors.push(...moved(output?.validationErrors(example.output) ?? [], `${at}/output`));
      const setup = example.setup ?? [];
      validationErrors.push(...checkSetup(manifests, { id: manifest.id, setup, pointer: at }));
    });
  }
  return validationErrors;
}

function sourceOutputs(manifest: ActionManifest | TriggerManifest): [key: string, schema: JsonObject | undefined][] {
  if (!('source' in manifest || 'sources' in manifest)) return [];
  return [
    ['source/output', manifest.source?.output],
    ...(manifest.sources ?? []).map(({ output }, index): [string, JsonObject | undefined] => [
      `sources/${index}/output`,
      output,
    ]),
  ];
}

function compile(schema: JsonObject, pointer: string, validationErrors: ValidationError[]): boolean {
  try {
    assertSchema(schema);
    return true;
  } catch (error) {
    validationErrors.push({ pointer, message: `is not a usable JSON Schema: ${(error as Error).message}` });
    return false;
  }
}

function moved(validationErrors: ValidationError[], pointer: string): ValidationError[] {
  return validationErrors.map((validationError) => ({
    ...validationError,
    pointer: `${pointer}${validationError.pointer}`,
  }));
}
