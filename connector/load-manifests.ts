import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildManifests } from './build-manifests.ts';
import { atShared } from './bundle-manifest.ts';
import { type ConnectorSource, META_SCHEMAS, readOwnSources, readSources } from './connector-source.ts';
import { checkManifests } from './crosscheck.ts';
import { ConnectorError, type ValidationError } from './errors.ts';
import { checkExamples } from './examples.ts';
import { loadSuperLinear } from './linear-regex.ts';
import type { Manifests } from './manifest.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { readMetaSchemas } from './meta-schemas.ts';
import { readManifests } from './read-manifests.ts';
import { checkRegexes } from './regex-checks.ts';
import type { Services } from './service.ts';

export interface LoadOptions {
  /** The code of the connectors that have some; a connector without it is data alone. */
  services?: Services;
  /**
   * `structure` checks everything but compiles each schema at its first use; `all` also compiles them and runs the examples through them,
   * and `own` does so with those of the folders in `own`. `none` is for the processes of one that has checked them: it takes a third of the
   * time.
   */
  checks?: 'none' | 'structure' | 'own' | 'all';
  /** Folders of connectors beside these, or of one, which are data alone. */
  own?: readonly string[];
}

/**
 * Reads a folder of manifests, checks them one by one and against each other, and freezes them.
 * @throws ConnectorError ERR_MANIFEST_INVALID with every validation error; a validation error's pointer is `file#/json/pointer`.
 */
export async function loadManifests(
  folder: URL | string,
  { checks = 'structure', services = new Map(), own = [] }: LoadOptions = {},
): Promise<Manifests> {
  const root = folder instanceof URL ? fileURLToPath(folder) : folder;
  const validationErrors: ValidationError[] = [];
  const schemas = checks === 'none' ? undefined : await readMetaSchemas(join(root, META_SCHEMAS));
  const sources = await readSources(root, validationErrors);
  const folderOf = await addOwn(sources, own, { services, validationErrors });
  const { files, shared } = readManifests(sources, schemas, validationErrors);
  // A manifest of the wrong shape would only produce follow-up validation errors in the comparison.
  if (validationErrors.length === 0 && checks !== 'none') validationErrors.push(...checkManifests(files, services));
  if (validationErrors.length === 0 && checks !== 'none' && folderOf.size > 0)
    validationErrors.push(...checkRegexes(onlyOf(files, folderOf), await loadSuperLinear()));
  const fail = (errors: ValidationError[]) => invalid(inFolders(atShared(errors, shared), folderOf));
  if (validationErrors.length > 0) throw fail(validationErrors);
  const manifests = buildManifests(files, {
    services,
    originOf: (id) => (folderOf.has(id) ? 'operator' : 'shipped'),
  });
  const compiled = checks === 'own' ? onlyOf(files, folderOf) : files;
  const wrong = checks === 'structure' || checks === 'none' ? [] : checkExamples(manifests, compiled);
  if (wrong.length > 0) throw fail(wrong);
  return manifests;
}

/** Reads the operator's folders; the answer says in which each of their connectors is. */
async function addOwn(
  sources: ConnectorSource[],
  folders: readonly string[],
  { services, validationErrors }: { services: Services; validationErrors: ValidationError[] },
): Promise<Map<string, string>> {
  const shipped = new Set([...sources.map(({ id }) => id), ...services.keys()]);
  const folderOf = new Map<string, string>();
  for (const folder of folders) {
    const found: ValidationError[] = [];
    const { root, sources: own } = await readOwnSources(resolve(folder), found).catch((cause: Error) => {
      throw badFolder(folder, `cannot be read: ${cause.message}`, cause);
    });
    if (own.length === 0)
      throw badFolder(folder, 'has no connector in it; a connector is a folder in it, with a connector.json');
    for (const source of own) {
      const other = folderOf.get(source.id);
      const isTaken = shipped.has(source.id) || other !== undefined;
      if (!isTaken) {
        folderOf.set(source.id, root);
        sources.push(source);
        continue;
      }
      const where = other === undefined ? 'Penstock' : other;
      const pointer = `${join(root, source.id)}/connector.json#/id`;
      const message = `"${source.id}" is a connector of ${where} already; rename the folder and the ids in it`;
      validationErrors.push({ pointer, message });
    }
    for (const error of found) if (folderOf.get(connectorOf(error)) === root) validationErrors.push(error);
  }
  return folderOf;
}

function badFolder(folder: string, message: string, cause?: Error): ConnectorError {
  return new ConnectorError('ERR_MANIFEST_INVALID', `the folder "${folder}" ${message}`, {
    hint: 'Name the folder of a connector, or one that contains a folder for each connector. PENSTOCK_CONNECTORS takes several, separated by commas.',
    errors: [{ pointer: folder, message }],
    cause,
  });
}

/** Pointers into files of the operator's begin with the folder that has them. */
function inFolders(validationErrors: ValidationError[], folderOf: ReadonlyMap<string, string>): ValidationError[] {
  return validationErrors.map((error) => {
    const folder = folderOf.get(connectorOf(error));
    return folder === undefined ? error : { ...error, pointer: join(folder, error.pointer) };
  });
}

function connectorOf({ pointer }: ValidationError): string {
  return pointer.split('/', 1)[0]!;
}

function onlyOf({ connectors, actions, triggers }: ManifestFiles, own: ReadonlyMap<string, string>): ManifestFiles {
  const isOwn = ({ connector }: { connector: string }) => own.has(connector);
  return { connectors: connectors.filter(isOwn), actions: actions.filter(isOwn), triggers: triggers.filter(isOwn) };
}

function invalid(validationErrors: ValidationError[]): ConnectorError {
  const first = validationErrors[0]!;
  const more = validationErrors.length > 1 ? ` (and ${validationErrors.length - 1} more)` : '';
  return new ConnectorError('ERR_MANIFEST_INVALID', `${first.pointer}: ${first.message}${more}`, {
    hint: 'Run `npm run check:manifests`, or `penstock connectors check FOLDER` for connectors of your own, to see all errors.',
    errors: validationErrors,
  });
}
