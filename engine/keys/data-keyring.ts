import { randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import { insertWrites, readRecord, transact } from '../records.ts';
import { createKeyring, type Keyring } from './seal.ts';

/**
 * Secrets inside inputs of runs and workflows lie in many places, artifacts included; those of logins, connect links and
 * remembered answers are short-lived. They are sealed with a key of their own, which lies in Redis sealed with the first
 * configured key: rotating the configured keys re-seals this one record.
 */
const KIND = 'data_key';
const ID = 'data';
const TENANT = 'engine';
const KEY_ID = 'penstock-data';
const KEY_BYTES = 32;

/**
 * The keyring for scattered secrets; its key is made by the first process that asks. Opens what was sealed with a configured key too.
 * @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN when the configured keys are not those it was sealed with
 */
export async function openDataKeyring(ctx: Pick<Context, 'redis' | 'keys' | 'keyring' | 'clock'>): Promise<Keyring> {
  const data = createKeyring(`${KEY_ID}:${await dataKey(ctx)}`);
  return Object.freeze({
    ...data,
    open: (sealed: string, owner: string) => (data.keyIdOf(sealed) === KEY_ID ? data : ctx.keyring).open(sealed, owner),
  });
}

async function dataKey(ctx: Pick<Context, 'redis' | 'keys' | 'keyring' | 'clock'>): Promise<string> {
  const owner = `${TENANT}/${ID}`;
  const text = ctx.keyring.seal(randomBytes(KEY_BYTES).toString('base64'), owner);
  const now = ctx.clock.now();
  // Of several processes that start at once the first one's key is taken; the others read it.
  await transact(
    ctx,
    [['absent', ctx.keys.record(KIND, ID)]],
    insertWrites(
      ctx,
      { kind: KIND, id: ID, createdAt: now, owners: [] },
      { value: { id: ID, tenant: TENANT, created_at: now }, sealed: { text, keyId: ctx.keyring.keyIdOf(text) } },
    ),
  );
  const record = await readRecord(ctx, KIND, ID);
  if (record?.sealed === undefined)
    throw new ConnectorError('ERR_INTERNAL', 'the data key was taken away while it was read');
  return ctx.keyring.open(record.sealed, owner);
}
