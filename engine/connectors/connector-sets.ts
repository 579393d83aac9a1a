import type { ConnectorSource } from '../../connector/connector-source.ts';
import type { Json } from '../../connector/manifest.ts';
import type { Store } from '../store/records.ts';
import { readOne } from '../store/unreadable.ts';

/** One connector of a tenant, as a set names it. */
export interface ConnectorEntry {
  /** The catalog in which these files were stored. */
  revision: number;
  title: string;
  /** Of the stored text of its files. */
  bytes: number;
  created_at: number;
  updated_at: number;
  /** Id of the API key that stored this revision. */
  updated_by: string;
}

/** The connectors of a tenant as of one catalog; never changed once it is written. */
export interface ConnectorSet {
  /** Epoch ms. */
  since: number;
  connectors: Record<string, ConnectorEntry>;
}

/** Before the first connector. */
export const EMPTY_SET: ConnectorSet = Object.freeze({ since: 0, connectors: Object.freeze({}) });

const SET = 'set:';
const FILES = 'files:';
/** The field that counts what was made with the connectors; see `useOfScope`. */
export const USES = 'uses';

/** The field with the set of a catalog. */
export function setField(catalog: number): string {
  return `${SET}${catalog}`;
}

/** The catalog of a field; undefined for one that holds files. */
export function catalogOfField(field: string): number | undefined {
  return field.startsWith(SET) ? Number(field.slice(SET.length)) : undefined;
}

/** The field with the files of one revision of a connector. */
export function filesField(id: string, revision: number): string {
  return `${FILES}${id}:${revision}`;
}

/** The set of a catalog; undefined when it is no longer kept. @throws ConnectorError ERR_RECORD_UNREADABLE */
export async function readSet(store: Store, tenant: string, catalog: number): Promise<ConnectorSet | undefined> {
  const text = await store.redis.hget(store.keys.connectors(tenant), setField(catalog));
  if (text === null) return undefined;
  return readOne('connector set', `${tenant}/${catalog}`, () => JSON.parse(text) as ConnectorSet);
}

/** Stored texts of connectors, in the order in which they are asked for; undefined for one that is no longer kept. */
export async function readFiles(
  store: Store,
  tenant: string,
  wanted: readonly { id: string; revision: number }[],
): Promise<(string | undefined)[]> {
  if (wanted.length === 0) return [];
  const fields = wanted.map(({ id, revision }) => filesField(id, revision));
  const texts = await store.redis.hmget(store.keys.connectors(tenant), ...fields);
  return texts.map((text) => text ?? undefined);
}

/** The text of a connector as it is stored. */
export function encodeSource({ files, icons }: ConnectorSource): string {
  return JSON.stringify({ files: Object.fromEntries(files), icons: Object.fromEntries(icons) });
}

/** The files of a stored text. @throws ConnectorError ERR_RECORD_UNREADABLE */
export function decodeSource(id: string, text: string): ConnectorSource {
  const { files, icons } = readOne(
    'connector',
    id,
    () => JSON.parse(text) as { files: Record<string, Json>; icons: Record<string, string> },
  );
  return { id, files: new Map(Object.entries(files)), icons: new Map(Object.entries(icons)) };
}
