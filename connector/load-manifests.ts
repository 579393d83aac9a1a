import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atShared, bundleManifest } from './bundle-manifest.ts';
import { checkManifests } from './crosscheck.ts';
import { ConnectorError, type ValidationError } from './errors.ts';
import { checkExamples } from './examples.ts';
import { iconError } from './icon.ts';
import type {
  Action,
  ActionManifest,
  CompiledSchema,
  Connector,
  ConnectorManifest,
  Json,
  JsonObject,
  Manifests,
  Trigger,
  TriggerManifest,
} from './manifest.ts';
import type { ManifestFile, ManifestFiles } from './manifest-files.ts';
import { openConnector } from './open-connector.ts';
import { compileSchema } from './schema.ts';
import type { Services } from './service.ts';
import { readShared, SCHEMAS, type SharedSchemas } from './shared-schemas.ts';
import { sourcesOf } from './sources.ts';

export interface LoadOptions {
  /** The code of the connectors that have some; a connector without it is data alone. */
  services?: Services;
  /** `structure` checks everything but compiles each schema at its first use; `all` also compiles them and runs the examples through them. */
  checks?: 'structure' | 'all';
}

type Kind = 'connector' | 'action' | 'trigger';

/**
 * Reads a folder of manifests, checks them one by one and against each other, and freezes them.
 * @throws ConnectorError ERR_MANIFEST_INVALID with every validation error; a validation error's pointer is `file#/json/pointer`.
 */
export async function loadManifests(
  folder: URL | string,
  { checks = 'structure', services = new Map() }: LoadOptions = {},
): Promise<Manifests> {
  const root = folder instanceof URL ? fileURLToPath(folder) : folder;
  const validationErrors: ValidationError[] = [];
  const sharedOf = new Map<string, SharedSchemas>();
  const files = await readManifests(root, sharedOf, validationErrors);
  // A manifest of the wrong shape would only produce follow-up validation errors in the comparison.
  if (validationErrors.length === 0) validationErrors.push(...checkManifests(files, services));
  if (validationErrors.length > 0) throw invalid(atShared(validationErrors, sharedOf));
  const manifests = build(files, services);
  const wrong = checks === 'all' ? checkExamples(manifests, files) : [];
  if (wrong.length > 0) throw invalid(atShared(wrong, sharedOf));
  return manifests;
}

async function readManifests(
  root: string,
  sharedOf: Map<string, SharedSchemas>,
  validationErrors: ValidationError[],
): Promise<ManifestFiles> {
  const schemas = await readMetaSchemas(join(root, 'schema'));
  const files: ManifestFiles = { connectors: [], actions: [], triggers: [] };
  for (const connector of await foldersIn(root)) {
    if (connector === 'schema') continue;
    const shared = await readSharedOf(root, connector, validationErrors);
    sharedOf.set(connector, shared);
    const used = new Set<string>();
    const read = <M>(path: string, kind: Kind) =>
      readManifest<M>({ root, connector, shared, used, validationErrors }, path, schemas[kind]);
    const own = await read<ConnectorManifest>(join(connector, 'connector.json'), 'connector');
    if (own !== undefined) {
      const icon = await readIcon(root, own, validationErrors);
      files.connectors.push(icon === undefined ? own : { ...own, icon });
    }
    for (const path of await jsonFilesIn(root, join(connector, 'actions'))) {
      const action = await read<ActionManifest>(path, 'action');
      if (action !== undefined) files.actions.push(action);
    }
    for (const path of await jsonFilesIn(root, join(connector, 'triggers'))) {
      const trigger = await read<TriggerManifest>(path, 'trigger');
      if (trigger !== undefined) files.triggers.push(trigger);
    }
    for (const name of shared.keys()) {
      if (used.has(name)) continue;
      const pointer = `${connector}/${SCHEMAS}/${name}.json#`;
      validationErrors.push({ pointer, message: 'is used by no manifest; remove the file, or refer to it' });
    }
  }
  return files;
}

async function readSharedOf(
  root: string,
  connector: string,
  validationErrors: ValidationError[],
): Promise<SharedSchemas> {
  const files = new Map<string, JsonObject>();
  for (const path of await jsonFilesIn(root, join(connector, SCHEMAS))) {
    const schema = await readJson(root, path, validationErrors);
    if (schema !== null && typeof schema === 'object' && !Array.isArray(schema))
      files.set(basename(path, '.json'), schema);
    else if (schema !== undefined)
      validationErrors.push({ pointer: `${path}#`, message: 'must be an object: a schema' });
  }
  const found: ValidationError[] = [];
  const shared = readShared(files, found);
  for (const error of found) validationErrors.push({ ...error, pointer: `${connector}/${error.pointer}` });
  return shared;
}

async function readIcon(
  root: string,
  { file, connector, manifest }: ManifestFile<ConnectorManifest>,
  validationErrors: ValidationError[],
): Promise<string | undefined> {
  if (manifest.icon === undefined) return undefined;
  const path = join(connector, manifest.icon);
  try {
    const svg = await readFile(join(root, path), 'utf8');
    const message = iconError(svg);
    if (message === undefined) return svg;
    validationErrors.push({ pointer: `${path}#`, message });
  } catch (cause) {
    const message = `names a file that cannot be read: ${(cause as Error).message}`;
    validationErrors.push({ pointer: `${file}#/icon`, message });
  }
  return undefined;
}

interface Reading {
  root: string;
  connector: string;
  shared: SharedSchemas;
  used: Set<string>;
  validationErrors: ValidationError[];
}

async function readManifest<Manifest>(
  { root, connector, shared, used, validationErrors }: Reading,
  path: string,
  schema: CompiledSchema,
): Promise<ManifestFile<Manifest> | undefined> {
  const json = await readJson(root, path, validationErrors);
  if (json === undefined) return undefined;
  const wrong: ValidationError[] = [];
  const file = relative(connector, path);
  const manifest = bundleManifest(json, { file, shared, used, validationErrors: wrong });
  for (const [index, error] of wrong.entries()) wrong[index] = { ...error, pointer: `${connector}/${error.pointer}` };
  for (const error of schema.validationErrors(manifest)) wrong.push({ ...error, pointer: `${path}#${error.pointer}` });
  validationErrors.push(...wrong);
  if (wrong.length > 0) return undefined;
  return { file: path, name: basename(path, '.json'), connector, manifest: freeze(manifest) as Manifest };
}

/** What a file contains; undefined, with an error, when it is not JSON. */
async function readJson(root: string, path: string, validationErrors: ValidationError[]): Promise<Json | undefined> {
  try {
    return JSON.parse(await readFile(join(root, path), 'utf8')) as Json;
  } catch (cause) {
    validationErrors.push({ pointer: `${path}#`, message: `cannot be read as JSON: ${(cause as Error).message}` });
    return undefined;
  }
}

async function readMetaSchemas(folder: string): Promise<Record<Kind, CompiledSchema>> {
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

function build(files: ManifestFiles, services: Services): Manifests {
  const connectors = new Map<string, Connector>();
  for (const { manifest, icon } of files.connectors) {
    connectors.set(manifest.id, openConnector(manifest, { service: services.get(manifest.id), icon }));
  }
  const actions = new Map<string, Action>();
  for (const { manifest, connector } of files.actions) {
    actions.set(
      manifest.id,
      Object.freeze({
        id: manifest.id,
        manifest,
        connector: connectors.get(connector)!,
        input: compileSchema(manifest.input),
        ...(manifest.options === undefined ? {} : { options: compileSchema(manifest.options) }),
        output: compileSchema(manifest.output),
      }),
    );
  }
  const triggers = new Map<string, Trigger>();
  for (const { manifest, connector } of files.triggers) {
    triggers.set(
      manifest.id,
      Object.freeze({
        id: manifest.id,
        manifest,
        kind: manifest.kind ?? 'poll',
        sources: sourcesOf(manifest),
        connector: connectors.get(connector)!,
        input: compileSchema(manifest.input),
      }),
    );
  }
  return Object.freeze({ connectors, actions, triggers });
}

function invalid(validationErrors: ValidationError[]): ConnectorError {
  const first = validationErrors[0]!;
  const more = validationErrors.length > 1 ? ` (and ${validationErrors.length - 1} more)` : '';
  return new ConnectorError('ERR_MANIFEST_INVALID', `${first.pointer}: ${first.message}${more}`, {
    hint: 'Run `npm run check:manifests` to see all errors.',
    errors: validationErrors,
  });
}

function freeze(value: unknown): unknown {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function jsonFilesIn(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []; // a connector need not have both actions and triggers
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}
