import { posix } from 'node:path';
import type { ValidationError } from './errors.ts';
import type { Json } from './manifest.ts';
import { bundleSchema, SCHEMAS, type SharedSchemas } from './shared-schemas.ts';

/** The parts of a manifest that are schemas. */
const PARTS = ['input', 'options', 'output', 'connection'];

/**
 * A manifest as it was read, with the shared schemas of its connector in its own schemas. `file` is relative to the folder of the
 * connector. The names of those that it uses are added to `used`.
 */
export function bundleManifest(
  manifest: Json,
  of: { file: string; shared: SharedSchemas; used: Set<string>; validationErrors: ValidationError[] },
): Json {
  if (manifest === null || typeof manifest !== 'object' || Array.isArray(manifest)) return manifest;
  const bundle = (schema: Json, pointer: string): Json =>
    bundleSchema(schema, { ...of, at: { folder: posix.dirname(of.file), pointer: `${of.file}#${pointer}` } });
  return Object.fromEntries(
    Object.entries(manifest).map(([key, part]): [string, Json] => {
      if (PARTS.includes(key)) return [key, bundle(part, `/${key}`)];
      if (key === 'auth' && Array.isArray(part))
        return [key, part.map((mode, index) => inside(mode, 'secret', `/auth/${index}`, bundle))];
      if (key === 'source') return [key, inside(part, 'output', '/source', bundle)];
      if (key === 'sources' && Array.isArray(part))
        return [key, part.map((source, index) => inside(source, 'output', `/sources/${index}`, bundle))];
      return [key, part];
    }),
  );
}

/** A part of a manifest, with the schema in one of its keys made complete. */
function inside(part: Json, key: string, pointer: string, bundle: (schema: Json, pointer: string) => Json): Json {
  if (part === null || typeof part !== 'object' || Array.isArray(part) || part[key] === undefined) return part;
  return { ...part, [key]: bundle(part[key], `${pointer}/${key}`) };
}

/** Errors inside a shared schema, which each manifest that uses it reports, as one error of the file of that schema. */
export function atShared(
  validationErrors: readonly ValidationError[],
  sharedOf: ReadonlyMap<string, SharedSchemas>,
): ValidationError[] {
  const known = new Map<string, ValidationError>();
  for (const validationError of validationErrors) {
    const [, connector, name, inside = ''] =
      /^([^/#]+)\/[^#]*#\/[^$]*\/\$defs\/([^/]+)(\/.*)?$/.exec(validationError.pointer) ?? [];
    const isShared = connector !== undefined && sharedOf.get(connector)?.has(name!) === true;
    const pointer = isShared ? `${connector}/${SCHEMAS}/${name}.json#${inside}` : validationError.pointer;
    known.set(`${pointer} ${validationError.message}`, { ...validationError, pointer });
  }
  return [...known.values()];
}
