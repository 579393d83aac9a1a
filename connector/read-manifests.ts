import { posix } from 'node:path';
import { bundleManifest } from './bundle-manifest.ts';
import type { ConnectorSource } from './connector-source.ts';
import type { ValidationError } from './errors.ts';
import { iconError } from './icon.ts';
import type { ActionManifest, ConnectorManifest, Json, JsonObject, TriggerManifest } from './manifest.ts';
import type { ManifestFile, ManifestFiles } from './manifest-files.ts';
import type { ManifestKind, MetaSchemas } from './meta-schemas.ts';
import { readShared, SCHEMAS, type SharedSchemas } from './shared-schemas.ts';

/** Manifests of connectors, with the shared schemas of each. */
export interface ReadManifests {
  files: ManifestFiles;
  shared: ReadonlyMap<string, SharedSchemas>;
}

/**
 * Makes manifests of files: shared schemas are put in their places, and each is checked by its meta-schema. Without `schemas` nothing
 * is checked: they were when they were stored.
 */
export function readManifests(
  sources: readonly ConnectorSource[],
  schemas: MetaSchemas | undefined,
  validationErrors: ValidationError[],
): ReadManifests {
  const files: ManifestFiles = { connectors: [], actions: [], triggers: [] };
  const all = new Map<string, SharedSchemas>();
  for (const source of sources) {
    const shared = sharedOf(source, validationErrors);
    all.set(source.id, shared);
    const reading: Reading = { source, shared, schemas, used: new Set(), right: new Map(), validationErrors };
    if (!source.files.has('connector.json') && !validationErrors.some(({ pointer }) => isOf(pointer, source)))
      validationErrors.push({ pointer: `${source.id}/connector.json#`, message: 'is missing; write it' });
    for (const path of source.files.keys()) {
      if (path === 'connector.json') {
        const own = readManifest<ConnectorManifest>(reading, path, 'connector');
        const icon = own === undefined ? undefined : readIcon(source, own, validationErrors);
        if (own !== undefined) files.connectors.push(icon === undefined ? own : { ...own, icon });
      } else if (path.startsWith('actions/')) {
        const action = readManifest<ActionManifest>(reading, path, 'action');
        if (action !== undefined) files.actions.push(action);
      } else if (path.startsWith('triggers/')) {
        const trigger = readManifest<TriggerManifest>(reading, path, 'trigger');
        if (trigger !== undefined) files.triggers.push(trigger);
      }
    }
    for (const name of shared.keys()) {
      if (reading.used.has(name)) continue;
      const pointer = `${source.id}/${SCHEMAS}/${name}.json#`;
      validationErrors.push({ pointer, message: 'is used by no manifest; remove the file, or refer to it' });
    }
  }
  return { files, shared: all };
}

function isOf(pointer: string, { id }: ConnectorSource): boolean {
  return pointer.startsWith(`${id}/connector.json#`);
}

function sharedOf({ id, files }: ConnectorSource, validationErrors: ValidationError[]): SharedSchemas {
  const schemas = new Map<string, JsonObject>();
  for (const [path, schema] of files) {
    if (!path.startsWith(`${SCHEMAS}/`)) continue;
    if (schema !== null && typeof schema === 'object' && !Array.isArray(schema))
      schemas.set(posix.basename(path, '.json'), schema);
    else validationErrors.push({ pointer: `${id}/${path}#`, message: 'must be an object: a schema' });
  }
  const found: ValidationError[] = [];
  const shared = readShared(schemas, found);
  for (const error of found) validationErrors.push({ ...error, pointer: `${id}/${error.pointer}` });
  return shared;
}

function readIcon(
  { icons }: ConnectorSource,
  { file, connector, manifest }: ManifestFile<ConnectorManifest>,
  validationErrors: ValidationError[],
): string | undefined {
  if (manifest.icon === undefined) return undefined;
  const svg = icons.get(manifest.icon);
  if (svg === undefined) {
    const message = `names a file that cannot be read: "${manifest.icon}"; put it beside connector.json`;
    validationErrors.push({ pointer: `${file}#/icon`, message });
    return undefined;
  }
  const message = iconError(svg);
  if (message === undefined) return svg;
  validationErrors.push({ pointer: `${connector}/${manifest.icon}#`, message });
  return undefined;
}

interface Reading {
  source: ConnectorSource;
  shared: SharedSchemas;
  schemas: MetaSchemas | undefined;
  used: Set<string>;
  /** By the key of a manifest: the shared schemas that were found right there. */
  right: Map<string, Set<Json>>;
  validationErrors: ValidationError[];
}

function readManifest<Manifest>(
  { source, shared, schemas, used, right, validationErrors }: Reading,
  path: string,
  kind: ManifestKind,
): ManifestFile<Manifest> | undefined {
  const wrong: ValidationError[] = [];
  const manifest = bundleManifest(source.files.get(path)!, { file: path, shared, used, validationErrors: wrong });
  for (const [index, error] of wrong.entries()) wrong[index] = { ...error, pointer: `${source.id}/${error.pointer}` };
  const file = `${source.id}/${path}`;
  for (const error of schemas?.[kind].validationErrors(withoutRight(manifest, right)) ?? [])
    wrong.push({ ...error, pointer: `${file}#${error.pointer}` });
  if (wrong.length === 0) addRight(manifest, shared, right);
  validationErrors.push(...wrong);
  if (wrong.length > 0) return undefined;
  return { file, name: posix.basename(path, '.json'), connector: source.id, manifest: freeze(manifest) as Manifest };
}

const WITH_SHARED = ['input', 'output'];

/** A manifest without the shared schemas that an earlier one of the connector has at the same place: they are most of what there is to check. */
function withoutRight(manifest: Json, right: ReadonlyMap<string, ReadonlySet<Json>>): Json {
  if (!isObject(manifest)) return manifest;
  const thin = { ...manifest };
  for (const [key, known] of right) {
    const schema = thin[key];
    if (!isObject(schema) || !isObject(schema.$defs)) continue;
    thin[key] = {
      ...schema,
      $defs: Object.fromEntries(Object.entries(schema.$defs).filter(([, definition]) => !known.has(definition))),
    };
  }
  return thin;
}

function addRight(manifest: Json, shared: SharedSchemas, right: Map<string, Set<Json>>): void {
  if (!isObject(manifest)) return;
  for (const key of WITH_SHARED) {
    const schema = manifest[key];
    if (!isObject(schema) || !isObject(schema.$defs)) continue;
    const known = right.get(key) ?? new Set();
    for (const [name, definition] of Object.entries(schema.$defs))
      if (shared.get(name)?.schema === definition) known.add(definition);
    right.set(key, known);
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function freeze(value: unknown): unknown {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}
