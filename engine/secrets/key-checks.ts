import { ConnectorError } from '../../connector/errors.ts';
import type { Store, Write } from '../store/records.ts';
import type { Context } from './context.ts';
import { nameOfProcess, readProcesses } from './processes.ts';

const KNOWN_TEXT = 'penstock';
const HOW_TO =
  'Restore the right key in PENSTOCK_ENCRYPTION_KEYS. To retire a key, put the new key first, run "penstock encryption-keys rotate", then remove the old key.';

/**
 * Checks at start that every configured key is the one that sealed what is in Redis, and that no key in use is missing.
 * The first process to use a key leaves a known text encrypted with it, by which all later ones are judged; a process that may
 * not start leaves nothing.
 * @throws ConnectorError ERR_CONFIG, before anything is read or written with a wrong key
 */
export async function checkKeyring(ctx: Pick<Context, 'redis' | 'keys' | 'keyring' | 'clock'>): Promise<void> {
  const { keyring, keys, redis } = ctx;
  const checks = await redis.hgetall(keys.keyChecks());
  for (const id of keyring.ids) checkKey(ctx, id, checks[id]);
  // Known texts first: they are few. Records tell of keys that sealed after they were retired.
  const known = new Set([...Object.keys(checks), ...(await usedKeys(ctx))]);
  for (const id of known) if (!keyring.ids.includes(id)) await checkUnused(ctx, id);
  const pipeline = redis.pipeline();
  for (const id of keyring.ids) pipeline.hsetnx(keys.keyChecks(), id, keyring.sealWith(id, KNOWN_TEXT, ownerOf(id)));
  await pipeline.exec();
  // Of two processes that bring different keys of one id at once, the second to write is refused.
  const now = await redis.hgetall(keys.keyChecks());
  for (const id of keyring.ids) checkKey(ctx, id, now[id]);
}

/** How many records a key seals, by the index that is written with every record. */
export async function countSealedWith(store: Store, keyId: string): Promise<number> {
  return store.redis.zlexcount(store.keys.sealedWith(), `[${keyId}|`, `(${keyId}}`);
}

/** The write that says that nothing is sealed with a key any more; from here on it may be left out of the configuration. */
export function retireWrite(store: Pick<Store, 'keys'>, keyId: string): Write {
  return ['HDEL', store.keys.keyChecks(), keyId];
}

/** The keys that seal a record, by jumping in the index from the first record of one key to that of the next. */
async function usedKeys({ redis, keys }: Store): Promise<string[]> {
  const found: string[] = [];
  for (let from = '-'; ; ) {
    const [member] = await redis.zrangebylex(keys.sealedWith(), from, '+', 'LIMIT', 0, 1);
    if (member === undefined) return found;
    const id = member.slice(0, member.indexOf('|'));
    found.push(id);
    from = `(${id}}`;
  }
}

function checkKey({ keyring }: Pick<Context, 'keyring'>, id: string, sealed: string | undefined): void {
  if (sealed === undefined) return;
  try {
    keyring.open(sealed, ownerOf(id));
  } catch (cause) {
    throw new ConnectorError(
      'ERR_CONFIG',
      `the encryption key "${id}" is not the key "${id}" that encrypted the secrets in this Redis`,
      { hint: HOW_TO, cause },
    );
  }
}

/** Left out may be what seals nothing, and what no process would still seal with. */
async function checkUnused(ctx: Pick<Context, 'redis' | 'keys' | 'clock'>, id: string): Promise<void> {
  const count = await countSealedWith(ctx, id);
  if (count > 0) throw stillUsed(id, `${count} secret${count === 1 ? ' is' : 's are'} encrypted with it`);
  const [user] = (await readProcesses(ctx)).filter(({ keyId }) => keyId === id);
  if (user !== undefined) throw stillUsed(id, `${nameOfProcess(user)} uses it`);
}

function stillUsed(id: string, why: string): ConnectorError {
  return new ConnectorError('ERR_CONFIG', `the encryption key "${id}" is not configured, but ${why}`, { hint: HOW_TO });
}

function ownerOf(id: string): string {
  return `key-check/${id}`;
}
