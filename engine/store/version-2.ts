import type { Migration } from './migrate.ts';
import type { Write } from './records.ts';
import { RENAMED_QUOTAS, RENAMED_RECORD_KINDS, RENAMED_RUN_FIELDS } from './renamed-words.ts';
import { rewriteStream } from './rewrite-stream.ts';
import { scanKeys } from './scan-keys.ts';
import { VERSION_1_FENCE } from './schema-stamp.ts';
import { BACKLOGS_OF_VERSION_1, moveBacklogs, RENAMED_KEYS, renameKey } from './version-2-keys.ts';
import { openUsage } from './version-2-usage.ts';
import {
  renameInAudit,
  renameInDefinition,
  renameInEndpoint,
  renameInEvent,
  renameInInput,
  renameInKeyed,
  renameInMeter,
  renameInWorkflow,
  renamePurpose,
} from './version-2-words.ts';

const BATCH = 500;

/** From version 1 to 2: words that are stored, and the index of what is sealed. All processes of version 1 have stopped. */
export async function toVersion2(migration: Migration): Promise<void> {
  await moveSealedWith(migration);
  const { redis, keys } = migration;
  const usage = openUsage(migration);
  for await (const batch of scanKeys(redis, keys.prefix)) {
    const runs = batch.filter((key) => key.startsWith(keys.run('')));
    await migrateRuns(migration, runs);
    await usage.countRuns(runs);
    for (const key of batch) if (!key.startsWith(keys.run(''))) await migrateKey(migration, key);
    await usage.countVersions(batch);
    await migration.progress('keys', batch.length);
  }
  await usage.write();
}

/** The index of what is sealed with which encryption key; its old name holds the guard. */
async function moveSealedWith(migration: Migration): Promise<void> {
  const { redis, keys } = migration;
  const from = keys.sealedWithOfVersion1();
  for (;;) {
    const members = (await redis.zrange(from, 0, String(BATCH))).filter((member) => member !== VERSION_1_FENCE);
    if (members.length === 0) return;
    const renamed = members.map((member) => {
      const [, keyId, kind = '', id] = /^(.*)\|([^:|]+):(.*)$/.exec(member) ?? [];
      return id === undefined ? member : `${keyId}|${RENAMED_RECORD_KINDS[kind] ?? kind}:${id}`;
    });
    await migration.write(
      [],
      [
        ['ZADD', keys.sealedWith(), ...renamed.flatMap((member) => ['0', member])],
        ['ZREM', from, ...members],
      ],
    );
    await migration.progress('sealed records', members.length);
  }
}

/** Does what a key needs, judged by the subject that its name begins with. */
async function migrateKey(migration: Migration, key: string): Promise<void> {
  const [subject = '', kind = '', ...rest] = key.slice(migration.keys.prefix.length).split(':');
  const renamed = RENAMED_KEYS[subject]?.(migration.keys, [kind, ...rest].join(':'));
  if (renamed !== undefined) return renameKey(migration, key, renamed);
  switch (subject) {
    case BACKLOGS_OF_VERSION_1:
      return moveBacklogs(migration, key);
    case 'events':
      return rewriteStream(migration, key, renameInEvent);
    case 'audit':
    case 'audit-access':
      return rewriteStream(migration, key, renameInAudit);
    case 'rec':
      return migrateRecord(migration, key, { kind, id: rest.join(':') });
    case 'recs':
      return renameList(migration, key, { kind, owner: rest.join(':') });
    case 'workflow-version':
      return changeText(migration, key, renameInDefinition);
    case 'workflow':
      return changeText(migration, key, renameInWorkflow);
    case 'idempotency':
      return changeText(migration, key, renameInKeyed);
    case 'quotas':
      return renameFields(migration, key, (name) => RENAMED_QUOTAS[name] ?? name);
    case 'meters':
      return renameFields(migration, key, renameInMeter);
  }
}

async function migrateRecord(
  migration: Migration,
  key: string,
  { kind, id }: { kind: string; id: string },
): Promise<void> {
  const renamed = RENAMED_RECORD_KINDS[kind];
  if (renamed === undefined) return;
  const json = await migration.redis.hget(key, 'json');
  if (json === null) return;
  await migration.write(
    [['field', key, 'json', json]],
    [
      ['HSET', key, 'json', renameInEndpoint(json)],
      ['RENAME', key, migration.keys.record(renamed, id)],
    ],
  );
}

async function renameList(
  migration: Migration,
  key: string,
  { kind, owner }: { kind: string; owner: string },
): Promise<void> {
  const renamed = RENAMED_RECORD_KINDS[kind];
  if (renamed === undefined) return;
  await migration.write([['exists', key]], [['RENAME', key, migration.keys.records(renamed, owner)]]);
}

/** Changes a string and leaves its time to live. */
async function changeText(migration: Migration, key: string, change: (text: string) => string): Promise<void> {
  const text = await migration.redis.get(key);
  if (text === null) return;
  const changed = change(text);
  if (changed !== text) await migration.write([['equals', key, text]], [['SET', key, changed, 'KEEPTTL']]);
}

/** Numbers of a hash move to other fields; a number that is there by then is added to. */
async function renameFields(migration: Migration, key: string, nameOf: (field: string) => string): Promise<void> {
  for (const [field, value] of Object.entries(await migration.redis.hgetall(key))) {
    const renamed = nameOf(field);
    if (renamed === field) continue;
    await migration.write(
      [['field', key, field, value]],
      [
        ['HINCRBYFLOAT', key, renamed, value],
        ['HDEL', key, field],
      ],
    );
  }
}

async function migrateRuns(migration: Migration, keys: readonly string[]): Promise<void> {
  const pipeline = migration.redis.pipeline();
  const renamed = Object.keys(RENAMED_RUN_FIELDS);
  for (const key of keys) pipeline.hmget(key, 'run', 'input', 'dead_letter', ...renamed);
  // Together: a round trip for each would be most of the time of a migration.
  const writing: Promise<boolean>[] = [];
  for (const [i, [error, fields]] of ((await pipeline.exec()) ?? []).entries()) {
    if (error !== null) throw error;
    const [made, input, deadLetter, ...values] = fields as (string | null)[];
    if (made == null) continue;
    const old = renamed.filter((_, at) => values[at] != null);
    const changed = [
      ...changeOf('run', made, renamePurpose(made)),
      ...(input == null ? [] : changeOf('input', input, renameInInput(made, input))),
      ...(deadLetter === '1' ? ['dead_letter', 'open'] : []),
      ...old.flatMap((name) => [RENAMED_RUN_FIELDS[name]!, values[renamed.indexOf(name)]!]),
    ];
    if (changed.length === 0) continue;
    const key = keys[i]!;
    const removal: Write[] = old.length === 0 ? [] : [['HDEL', key, ...old]];
    writing.push(migration.write([['field', key, 'run', made]], [['HSET', key, ...changed], ...removal]));
  }
  await Promise.all(writing);
}

function changeOf(name: string, before: string, after: string): string[] {
  return before === after ? [] : [name, after];
}
