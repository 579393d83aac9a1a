import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import type { Store, Write } from '../records.ts';

const KNOWN_TEXT = 'penstock';
const HOW_TO =
  'Put the right key back into PENSTOCK_ENCRYPTION_KEYS. To stop using a key: put the new one first, run "penstock keys rotate", then remove the old one.';

/**
 * Checks at start that every configured key is the one that sealed what is in Redis, and that no key in use is missing.
 * The first process to use a key leaves a known text sealed with it, by which all later ones are judged.
 * @throws ConnectorError ERR_CONFIG, before anything is read or written with a wrong key
 */
export async function checkKeyring(ctx: Pick<Context, 'redis' | 'keys' | 'keyring'>): Promise<void> {
  const { keyring, keys, redis } = ctx;
  const pipeline = redis.pipeline();
  for (const id of keyring.ids) pipeline.hsetnx(keys.keyChecks(), id, keyring.sealWith(id, KNOWN_TEXT, ownerOf(id)));
  await pipeline.exec();
  const checks = await redis.hgetall(keys.keyChecks());
  for (const [id, sealed] of Object.entries(checks)) {
    if (keyring.ids.includes(id)) checkKey(ctx, id, sealed);
    else await checkUnused(ctx, id);
  }
  // A process that still ran with a key when it was retired may have sealed with it since.
  for (const id of await usedKeys(ctx)) if (!keyring.ids.includes(id)) await checkUnused(ctx, id);
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

function checkKey({ keyring }: Pick<Context, 'keyring'>, id: string, sealed: string): void {
  try {
    keyring.open(sealed, ownerOf(id));
  } catch (cause) {
    throw new ConnectorError(
      'ERR_CONFIG',
      `the encryption key "${id}" is not the key "${id}" that sealed the secrets in this Redis`,
      { hint: HOW_TO, cause },
    );
  }
}

/** The known text is taken away only by a rotation that looked everywhere, so as long as it is there the key may be in use. */
async function checkUnused(ctx: Store, id: string): Promise<void> {
  const count = await countSealedWith(ctx, id);
  const what =
    count > 0
      ? `${count} secret${count === 1 ? ' is' : 's are'} sealed with it`
      : 'no rotation has said that it is unused';
  throw new ConnectorError('ERR_CONFIG', `the encryption key "${id}" is not configured, but ${what}`, { hint: HOW_TO });
}

function ownerOf(id: string): string {
  return `key-check/${id}`;
}
