import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import type { Store } from '../records.ts';

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
}

/** How many records a key seals, by the index that is written with every record. */
export async function countSealedWith(store: Store, keyId: string): Promise<number> {
  return store.redis.zlexcount(store.keys.sealedWith(), `[${keyId}|`, `(${keyId}}`);
}

/** Says that nothing is sealed with a key any more; from here on it may be left out of the configuration. */
export async function retireKey(store: Store, keyId: string): Promise<void> {
  await store.redis.hdel(store.keys.keyChecks(), keyId);
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
