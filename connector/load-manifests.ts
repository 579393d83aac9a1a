import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkManifests } from './crosscheck.ts';
import { ConnectorError, type ValidationError } from './errors.ts';
import { checkExamples } from './examples.ts';
import type {
  Action,
  ActionManifest,
  CompiledSchema,
  Connector,
  ConnectorManifest,
  JsonObject,
  Manifests,
  Trigger,
  TriggerManifest,
} from './manifest.ts';
import type { ManifestFile, ManifestFiles } from './manifest-files.ts';
import { compileSchema } from './schema.ts';
import { NO_SERVICE, type Services } from './service.ts';
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
  const files = await readManifests(root, validationErrors);
  // A manifest of the wrong shape would only produce follow-up validation errors in the comparison.
  if (validationErrors.length === 0) validationErrors.push(...checkManifests(files, services));
  if (validationErrors.length > 0) throw invalid(validationErrors);
  const manifests = build(files, services);
  const wrong = checks === 'all' ? checkExamples(manifests, files) : [];
  if (wrong.length > 0) throw invalid(wrong);
  return manifests;
}

async function readManifests(root: string, validationErrors: ValidationError[]): Promise<ManifestFiles> {
  const schemas = await readMetaSchemas(join(root, 'schema'));
  const files: ManifestFiles = { connectors: [], actions: [], triggers: [] };
  for (const connector of await foldersIn(root)) {
    if (connector === 'schema') continue;
    const read = <M>(path: string, kind: Kind) =>
      readManifest<M>(root, path, connector, schemas[kind], validationErrors);
    const own = await read<ConnectorManifest>(join(connector, 'connector.json'), 'connector');
    if (own !== undefined) files.connectors.push(own);
    for (const path of await jsonFilesIn(root, join(connector, 'actions'))) {
      const action = await read<ActionManifest>(path, 'action');
      if (action !== undefined) files.actions.push(action);
    }
    for (const path of await jsonFilesIn(root, join(connector, 'triggers'))) {
      const trigger = await read<TriggerManifest>(path, 'trigger');
      if (trigger !== undefined) files.triggers.push(trigger);
    }
  }
  return files;
}

async function readManifest<Manifest>(
  root: string,
  path: string,
  connector: string,
  schema: CompiledSchema,
  validationErrors: ValidationError[],
): Promise<ManifestFile<Manifest> | undefined> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(join(root, path), 'utf8'));
  } catch (cause) {
    validationErrors.push({ pointer: `${path}#`, message: `cannot be read as JSON: ${(cause as Error).message}` });
    return undefined;
  }
  const wrong = schema.validationErrors(manifest);
  for (const validationError of wrong)
    validationErrors.push({ ...validationError, pointer: `${path}#${validationError.pointer}` });
  if (wrong.length > 0) return undefined;
  return { file: path, name: basename(path, '.json'), connector, manifest: freeze(manifest) as Manifest };
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
  for (const { manifest } of files.connectors) {
    connectors.set(
      manifest.id,
      Object.freeze({
        id: manifest.id,
        manifest,
        connection: compileSchema(manifest.connection),
        service: services.get(manifest.id) ?? NO_SERVICE,
      }),
    );
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
  if (value !== null && typeof value === 'object') {
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
