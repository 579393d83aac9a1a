import { randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Clock } from '../process/clock.ts';
import { compareAndSet } from '../store/compare-and-set.ts';
import { insertWrites, readRecord, type Store, type Stored, transact } from '../store/records.ts';
import { createKeyring, type Keyring } from './seal.ts';

/**
 * Secrets inside inputs of runs and workflows lie in many places, artifacts included; those of logins, connect links and
 * remembered answers are short-lived. They are sealed with keys of their own, which lie in Redis sealed with the first
 * configured key: rotating the configured keys re-seals this one record. Of several data keys the first one seals, and all open.
 */
const KIND = 'data_key';
const ID = 'data';
const TENANT = 'engine';
const OWNER = `${TENANT}/${ID}`;
const KEY_ID = 'penstock-data';
const KEY_BYTES = 32;

/** A keyring that follows what other processes do to the record of its keys. */
export interface DataKeyring extends Keyring {
  /** Reads the keys again. */
  refresh(): Promise<void>;
}

type Access = Store & { keyring: Keyring; clock: Clock };

/**
 * The keyring for scattered secrets; its key is made by the first process that asks. Opens what was sealed with a configured key too.
 * @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN when the configured keys are not those it was sealed with
 */
export async function openDataKeyring(ctx: Access): Promise<DataKeyring> {
  await insertFirst(ctx);
  let sealed = await readSealed(ctx);
  let data = createKeyring(specOf(ctx, sealed));
  return {
    seal: (plain, owner) => data.seal(plain, owner),
    sealWith: (keyId, plain, owner) => data.sealWith(keyId, plain, owner),
    keyIdOf: (text) => data.keyIdOf(text),
    open: (text, owner) => (data.ids.includes(data.keyIdOf(text)) ? data : ctx.keyring).open(text, owner),
    get primaryId() {
      return data.primaryId;
    },
    get ids() {
      return data.ids;
    },
    async refresh() {
      const now = await readSealed(ctx);
      if (now === sealed) return;
      data = createKeyring(specOf(ctx, now));
      sealed = now;
    },
  };
}

/**
 * Puts a new data key after the others, so that every process can learn it before one seals with it; gives its id. One that
 * an earlier call left there is taken.
 */
export async function addDataKey(ctx: Access): Promise<string> {
  const last = await changeSpec(ctx, (entries) => {
    const [primary] = entries;
    const newest = entries.reduce((most, entry) => (numberOf(entry) > numberOf(most) ? entry : most));
    if (newest !== primary) return entries;
    return [...entries, `${KEY_ID}-${numberOf(newest) + 1}:${newKey()}`];
  });
  return idOf(last.reduce((most, entry) => (numberOf(entry) > numberOf(most) ? entry : most)));
}

/** Makes a data key the one that seals. */
export async function useDataKey(ctx: Access, id: string): Promise<void> {
  await changeSpec(ctx, (entries) => {
    const isIt = (entry: string) => idOf(entry) === id;
    return [...entries.filter(isIt), ...entries.filter((entry) => !isIt(entry))];
  });
}

/** Changes the record by compare-and-set, and says what it is then. */
async function changeSpec(ctx: Access, change: (entries: string[]) => string[]): Promise<string[]> {
  return compareAndSet(ctx, 'the data key', async () => {
    const sealed = await readSealed(ctx);
    const before = specOf(ctx, sealed).split(',');
    const after = change(before);
    if (after.join() === before.join()) return { result: after };
    const key = ctx.keys.record(KIND, ID);
    // Under the key that the record is counted under: only a rotation moves it.
    const text = ctx.keyring.sealWith(ctx.keyring.keyIdOf(sealed), after.join(), OWNER);
    return { checks: [['field', key, 'sealed', sealed]], writes: [['HSET', key, 'sealed', text]], result: after };
  });
}

/** Of several processes that start at once the first one's key is taken; the others read it. */
async function insertFirst(ctx: Access): Promise<void> {
  const text = ctx.keyring.seal(`${KEY_ID}:${newKey()}`, OWNER);
  const now = ctx.clock.now();
  await transact(
    ctx,
    [['absent', ctx.keys.record(KIND, ID)]],
    insertWrites(
      ctx,
      { kind: KIND, id: ID, createdAt: now, owners: [] },
      { value: { id: ID, tenant: TENANT, created_at: now }, sealed: { text, keyId: ctx.keyring.keyIdOf(text) } },
    ),
  );
}

async function readSealed(ctx: Access): Promise<string> {
  const record: Stored<unknown> | undefined = await readRecord(ctx, KIND, ID);
  if (record?.sealed === undefined)
    throw new ConnectorError('ERR_INTERNAL', 'the data key was removed while it was being read');
  return record.sealed;
}

/** The first data key of a store was once written without its id. */
function specOf(ctx: Access, sealed: string): string {
  const text = ctx.keyring.open(sealed, OWNER);
  return text.includes(':') ? text : `${KEY_ID}:${text}`;
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

function idOf(entry: string): string {
  return entry.slice(0, entry.indexOf(':'));
}

function numberOf(entry: string): number {
  return Number(idOf(entry).slice(KEY_ID.length + 1)) || 1;
}
