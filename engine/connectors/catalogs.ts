import { createBoundedCache } from '../../connector/bounded-cache.ts';
import { buildManifests } from '../../connector/build-manifests.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Manifests } from '../../connector/manifest.ts';
import { readManifests } from '../../connector/read-manifests.ts';
import type { Store } from '../store/records.ts';
import { type ConnectorEntry, decodeSource, readFiles, readSet } from './connector-sets.ts';
import { type CheckSource, openSourceChecks } from './source-checks.ts';

/** Manifests of the installation, and of tenants with connectors of their own. */
export interface Catalogs {
  /** Those of everybody. */
  builtIn: Manifests;
  /**
   * Those that a tenant has in one of its catalogs, the installation's among them. A catalog never changes: what this process knows of it
   * costs no round trip and is never stale.
   * @throws ConnectorError ERR_NOT_FOUND for a catalog that is no longer kept, ERR_RECORD_UNREADABLE
   */
  get(tenant: string, catalog: number): Manifests | Promise<Manifests>;
  /** Finds what is wrong with a connector before it is stored. */
  checkSource: CheckSource;
}

/** Characters of the JSON of manifests; what is made of them takes a few times that once their schemas are compiled. */
const MAX_CHARACTERS = 8_000_000;
/** An entry of a map of manifests, in the same units. */
const ENTRY = 50;
const NO_SERVICES = new Map();

/** Reads nothing before the first tenant with connectors of its own is met. */
export function openCatalogs(store: Store, builtIn: Manifests): Catalogs {
  const catalogs = createBoundedCache<Manifests>(MAX_CHARACTERS);
  /** Of one revision of one connector, so that the others of a tenant are not made again when one changes. */
  const connectors = createBoundedCache<Manifests>(MAX_CHARACTERS);
  const loading = new Map<string, Promise<Manifests>>();

  const load = async (tenant: string, catalog: number, key: string): Promise<Manifests> => {
    const set = await readSet(store, tenant, catalog);
    if (set === undefined) throw gone(tenant, catalog);
    const entries = Object.entries(set.connectors).map(([id, entry]) => ({ id, ...entry }));
    const keyOf = ({ id, revision }: { id: string; revision: number }) => `${tenant} ${id} ${revision}`;
    const known = new Map(entries.map((entry) => [entry.id, connectors.get(keyOf(entry))]));
    const missing = entries.filter(({ id }) => known.get(id) === undefined);
    const texts = await readFiles(store, tenant, missing);
    for (const [index, entry] of missing.entries()) {
      const text = texts[index];
      if (text === undefined) throw gone(tenant, catalog);
      const built = build(tenant, entry, text);
      known.set(entry.id, built);
      connectors.set(keyOf(entry), built, text.length);
    }
    const merged = merge(
      builtIn,
      entries.map(({ id }) => known.get(id)!),
    );
    const size = entries.reduce((sum, { bytes }) => sum + bytes, (merged.actions.size + merged.triggers.size) * ENTRY);
    catalogs.set(key, merged, size);
    return merged;
  };

  return {
    builtIn,
    checkSource: openSourceChecks(),
    get(tenant, catalog) {
      const key = `${tenant} ${catalog}`;
      const known = catalogs.get(key) ?? loading.get(key);
      if (known !== undefined) return known;
      const promise = load(tenant, catalog, key).finally(() => loading.delete(key));
      loading.set(key, promise);
      return promise;
    },
  };
}

/** Nothing is checked: it was when it was stored. */
function build(tenant: string, { id, ...entry }: ConnectorEntry & { id: string }, text: string): Manifests {
  const { files } = readManifests([decodeSource(id, text)], undefined, []);
  const { revision, created_at: createdAt, updated_at: updatedAt } = entry;
  return buildManifests(files, {
    services: NO_SERVICES,
    originOf: () => 'tenant',
    own: Object.freeze({ tenant, revision, createdAt, updatedAt }),
  });
}

/**
 * A tenant's connector goes before one of the installation with the same id, which came later: its accounts and workflows mean the one
 * that they were made for.
 */
function merge(builtIn: Manifests, own: readonly Manifests[]): Manifests {
  if (own.length === 0) return builtIn;
  const ids = new Set(own.flatMap(({ connectors }) => [...connectors.keys()]));
  const others = <T extends { connector: { id: string } }>(all: ReadonlyMap<string, T>) =>
    [...all].filter(([, { connector }]) => !ids.has(connector.id));
  return Object.freeze({
    connectors: new Map([
      ...[...builtIn.connectors].filter(([id]) => !ids.has(id)),
      ...own.flatMap(({ connectors }) => [...connectors]),
    ]),
    actions: new Map([...others(builtIn.actions), ...own.flatMap(({ actions }) => [...actions])]),
    triggers: new Map([...others(builtIn.triggers), ...own.flatMap(({ triggers }) => [...triggers])]),
  });
}

function gone(tenant: string, catalog: number): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', `the connectors of "${tenant}" as of catalog ${catalog} are not kept`, {
    sent: 'no',
  });
}
