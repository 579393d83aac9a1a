import type { Context } from './context.ts';
import { type ListPage, type PageRequest, pageOfIndex } from './list-pages.ts';
import { type QuotaName, quotaExceeded } from './quotas.ts';
import { callScriptOverKeys } from './scripts.ts';
import { parseStored, type Readable, readEach } from './unreadable.ts';

/** What records need of the running system. */
export type Store = Pick<Context, 'redis' | 'keys'>;

/** A condition on one key; the values are compared as text. */
export type Check =
  | ['version', key: string, version: string]
  | ['exists', key: string]
  | ['absent', key: string]
  | ['free', hash: string, field: string, value: string]
  | ['field', hash: string, field: string, value: string]
  | ['equals', key: string, value: string]
  | ['members', index: string, count: string]
  /** Made by `quotaCheck`. */
  | ['quota', index: string, name: QuotaName, quotas: string, limit: string, member: string]
  /** Made by `usageCheck`. */
  | ['usage', usage: string, name: QuotaName, quotas: string, limit: string, amount: string];

/** One Redis command whose first argument is the key; or ANNOUNCE, a stream of changes, and the id of what changed. */
export type Write = [command: string, key: string, ...args: (string | number)[]];

/** A stored object: its JSON, a version that rises with each change, and its secrets, sealed. */
export interface Stored<T> {
  value: T;
  version: number;
  sealed: string | undefined;
}

/** Where a record lives and under which names it is found. */
export interface RecordPlace {
  kind: string;
  id: string;
  createdAt: number;
  /** Whose lists show it: the tenant, a linked account, an OAuth app. */
  owners: readonly string[];
}

/**
 * Does all writes at once if every check holds, else none. One round trip.
 * Returns undefined when done, or the first check that failed (counted from 0) and what was found there.
 * @throws ConnectorError ERR_QUOTA_EXCEEDED, ERR_QUOTA_BUSY when the first check that failed was of a quota
 */
export async function transact(
  store: Store,
  checks: readonly Check[],
  writes: readonly Write[],
): Promise<{ check: number; found: string } | undefined> {
  const keys: string[] = [];
  const indexOf = (key: string) => {
    const known = keys.indexOf(key);
    return known >= 0 ? known + 1 : keys.push(key);
  };
  const plan = {
    checks: checks.map((check) => {
      const [kind, key, ...rest] = check;
      if (check[0] !== 'quota' && check[0] !== 'usage') return [kind, indexOf(key), ...rest];
      const [, , name, quotas, ...more] = check;
      return [kind, indexOf(key), name, indexOf(quotas), ...more];
    }),
    writes: writes.map(([command, key, ...rest]) => {
      // Its argument is a key as well, and every key is handed in.
      if (command === 'RENAME') indexOf(String(rest[0]));
      return [command, indexOf(key), ...rest.map(String)];
    }),
  };
  const [failed, found] = (await callScriptOverKeys(store.redis, 'transact', keys, [JSON.stringify(plan)])) as [
    number,
    string?,
  ];
  const refused = failed === 0 ? undefined : checks[failed - 1];
  if (refused?.[0] === 'quota' || refused?.[0] === 'usage') throw quotaExceeded(refused[2], String(found));
  return failed === 0 ? undefined : { check: failed - 1, found: String(found ?? '') };
}

/** The writes that put a new record in place. `keyId` names the encryption key of `sealed`. */
export function insertWrites(
  store: Store,
  place: RecordPlace,
  content: { value: unknown; sealed?: { text: string; keyId: string } | undefined },
): Write[] {
  const { kind, id } = place;
  const { sealed } = content;
  return [
    [
      'HSET',
      store.keys.record(kind, id),
      'json',
      JSON.stringify(content.value),
      'version',
      '1',
      ...(sealed === undefined ? [] : ['sealed', sealed.text]),
    ],
    ...place.owners.map((owner): Write => ['ZADD', store.keys.records(kind, owner), place.createdAt, id]),
    ...(sealed === undefined ? [] : [['ZADD', store.keys.sealedWith(), 0, `${sealed.keyId}|${kind}:${id}`] as Write]),
  ];
}

/** The writes that replace a record's JSON and, when given, its secrets; `version` is the one that was read. */
export function updateWrites(
  store: Store,
  record: { kind: string; id: string; version: number },
  content: { value: unknown; sealed?: { text: string; keyId: string; oldKeyId: string | undefined } | undefined },
): Write[] {
  const key = store.keys.record(record.kind, record.id);
  const { sealed } = content;
  const ref = `${record.kind}:${record.id}`;
  return [
    [
      'HSET',
      key,
      'json',
      JSON.stringify(content.value),
      'version',
      record.version + 1,
      ...(sealed === undefined ? [] : ['sealed', sealed.text]),
    ],
    ...(sealed === undefined || sealed.oldKeyId === sealed.keyId
      ? []
      : ([
          ...(sealed.oldKeyId === undefined ? [] : [['ZREM', store.keys.sealedWith(), `${sealed.oldKeyId}|${ref}`]]),
          ['ZADD', store.keys.sealedWith(), 0, `${sealed.keyId}|${ref}`],
        ] as Write[])),
  ];
}

/** The writes that take a record away with its places in lists. */
export function removeWrites(store: Store, place: Omit<RecordPlace, 'createdAt'>, keyId: string | undefined): Write[] {
  const { kind, id } = place;
  return [
    ['DEL', store.keys.record(kind, id)],
    ...place.owners.map((owner): Write => ['ZREM', store.keys.records(kind, owner), id]),
    ...(keyId === undefined ? [] : [['ZREM', store.keys.sealedWith(), `${keyId}|${kind}:${id}`] as Write]),
  ];
}

/** One record, or undefined. @throws ConnectorError ERR_RECORD_UNREADABLE, as all that read records strictly */
export async function readRecord<T>(store: Store, kind: string, id: string): Promise<Stored<T> | undefined> {
  return toStored<T>(await store.redis.hmget(store.keys.record(kind, id), 'json', 'version', 'sealed'), kind, id);
}

/** Several records in one round trip, in the order of the ids; those that are gone are left out. */
export async function readRecords<T>(store: Store, kind: string, ids: readonly string[]): Promise<Stored<T>[]> {
  const fields = await readFields(store, kind, ids);
  return ids.flatMap((id, i) => toStored<T>(fields[i]!, kind, id) ?? []);
}

/** As `readRecords`; a record that cannot be read hides no other. */
export async function readRecordsEach<T>(
  ctx: Store & Pick<Context, 'meters'>,
  kind: string,
  ids: readonly string[],
): Promise<Readable<Stored<T>>> {
  return viewRecords<T, Stored<T>>(ctx, kind, ids, (record) => record);
}

async function readFields(store: Store, kind: string, ids: readonly string[]): Promise<(string | null)[][]> {
  if (ids.length === 0) return [];
  const pipeline = store.redis.pipeline();
  for (const id of ids) pipeline.hmget(store.keys.record(kind, id), 'json', 'version', 'sealed');
  return ((await pipeline.exec()) ?? []).map(([error, fields]) => {
    if (error !== null) throw error;
    return fields as (string | null)[];
  });
}

/** What `HMGET record json version sealed` answers, parsed. */
export function toStored<T>(
  [json, version, sealed]: readonly (string | null | undefined)[],
  kind: string,
  id: string,
): Stored<T> | undefined {
  if (json === null || json === undefined) return undefined;
  return { value: parseStored<T>(kind, id, json), version: Number(version), sealed: sealed ?? undefined };
}

/** One page of an owner's records, newest first, as `view` shows them; those that cannot be read or shown are in `unreadable`. `name`: only the one of that name, of a kind whose names are unique. */
export async function listRecords<T, V>(
  ctx: Store & Pick<Context, 'meters'>,
  list: { kind: string; owner: string },
  page: PageRequest & { name?: string | undefined },
  view: (record: Stored<T>) => V,
): Promise<ListPage<V>> {
  if (page.name !== undefined) {
    const id = await ctx.redis.hget(ctx.keys.uniques(list.kind, list.owner), `name:${page.name}`);
    return viewRecords<T, V>(ctx, list.kind, id === null ? [] : [id], view);
  }
  const { ids, next } = await pageOfIndex(ctx, ctx.keys.records(list.kind, list.owner), page);
  return { ...(await viewRecords<T, V>(ctx, list.kind, ids, view)), next };
}

/** Records by id, in the order of the ids, as `view` shows them; those that are gone are left out. */
export async function viewRecords<T, V>(
  ctx: Store & Pick<Context, 'meters'>,
  kind: string,
  ids: readonly string[],
  view: (record: Stored<T>) => V,
): Promise<Readable<V>> {
  const fields = await readFields(ctx, kind, ids);
  return readEach(ctx, kind, {
    records: ids.map((id, i) => ({ id, fields: fields[i]! })),
    idOf: ({ id }) => id,
    read(record) {
      const stored = toStored<T>(record.fields, kind, record.id);
      return stored === undefined ? undefined : view(stored);
    },
  });
}
