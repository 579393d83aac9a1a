import { hash as digest, randomBytes } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { compareAndSet, unchanged } from '../store/compare-and-set.ts';
import { newId } from '../store/ids.ts';
import type { ListPage, PageRequest } from '../store/list-pages.ts';
import { listNamedRecords } from '../store/named-records.ts';
import { quotaCheck } from '../store/quotas.ts';
import { changeMessage } from '../store/record-changes.ts';
import { insertWrites, readRecord, removeWrites, type Stored, transact, updateWrites } from '../store/records.ts';
import { toTimestamp } from '../store/timestamps.ts';
import { type Actor, type Caller, withAddress } from './actor.ts';
import { auditWrite, engineActor } from './audit.ts';
import type { Context } from './context.ts';
import { countInWindow, tooMany } from './rates.ts';
import { ROLES, type Role } from './roles.ts';
import { assertActive } from './tenant-cache.ts';

export type { Role } from './roles.ts';

interface ApiKeyRecord {
  id: string;
  tenant: string;
  name: string;
  role: Role;
  hash: string;
  created_at: number;
  created_by: string;
  expires_at?: number;
}

/** An API key as it is shown: never the key, which nobody can read again. */
export interface ApiKeyView {
  id: string;
  name: string;
  role: Role;
  created_at: string;
  created_by: string;
  expires_at?: string;
}

export interface NewApiKey {
  tenant: string;
  name: string;
  role: Role;
  /** Epoch ms. */
  expiresAt?: number | undefined;
  /** The text of the key, to bring one's own; at least 16 characters. Left out, 256 random bits are made. */
  key?: string | undefined;
}

const KEY_BYTES = 32;
/** Marks the text as ours, so that secret scanners can be taught to find leaked ones. */
const KEY_PREFIX = 'psk_';
export const MIN_KEY_LENGTH = 16;
const MAX_NAME_LENGTH = 200;
/** A deleted key stops within this time even where the push of its deletion was missed. */
const KNOWN_MS = 5000;
/** Wrong keys from one address in one window; then the address waits, right key or not. */
const MAX_WRONG = 30;
const WRONG_WINDOW_MS = 60_000;
/** Stands in place of a deleted key's id, so that the same text never becomes a key again. */
export const DELETED_KEY = 'deleted';

/**
 * Makes a key; its text is in the answer and nowhere else. 256 random bits need no slow hash, so SHA-256 is stored.
 * @throws ConnectorError ERR_INPUT_INVALID, ERR_CONFLICT when the given text is or was a key
 */
export async function createApiKey(
  ctx: Context,
  wanted: NewApiKey,
  actor: Actor = engineActor(wanted.tenant),
): Promise<ApiKeyView & { key: string }> {
  const now = ctx.clock.now();
  checkNewKey(wanted, now);
  const key = wanted.key ?? `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const hash = hashOfKey(key);
  const value: ApiKeyRecord = {
    id: newId('key', now),
    tenant: wanted.tenant,
    name: wanted.name,
    role: wanted.role,
    hash,
    created_at: now,
    created_by: actor.keyId,
    ...(wanted.expiresAt === undefined ? {} : { expires_at: wanted.expiresAt }),
  };
  const failed = await transact(
    ctx,
    [['absent', ctx.keys.apiKeyHash(hash)], quotaCheck(ctx, { tenant: wanted.tenant, name: 'api_keys' })],
    [
      ['SET', ctx.keys.apiKeyHash(hash), value.id],
      ...insertWrites(ctx, { kind: 'api_key', id: value.id, createdAt: now, owners: [wanted.tenant] }, { value }),
      auditWrite(ctx, actor, {
        action: 'api_key.create',
        target: { kind: 'api_key', id: value.id, name: value.name },
        details: { role: value.role },
      }),
    ],
  );
  if (failed !== undefined)
    throw new ConnectorError('ERR_CONFLICT', 'this key is already in use or was deleted', {
      hint: 'Use a different key, or omit "key".',
    });
  return { ...toView(value), key };
}

/**
 * Who holds this key. A key that was seen within 5 seconds costs no round trip.
 * @throws ConnectorError ERR_UNAUTHORIZED for an unknown, deleted or expired key; ERR_RATE_LIMITED after 30 wrong keys
 * from one address within a minute; ERR_TENANT_SUSPENDED
 */
export async function authenticateApiKey(ctx: Context, key: string, from?: string): Promise<Caller> {
  const hash = hashOfKey(key);
  const now = ctx.clock.now();
  const known = ctx.apiKeys.get(hash);
  if (known !== undefined && now < known.until) {
    await assertActive(ctx, known.caller.tenant);
    return withAddress(known.caller, from);
  }
  const rateKey = ctx.keys.rate('wrong-key', from ?? 'unknown');
  const [id, wrong, leftMs] = await lookUp(ctx, hash, rateKey);
  // A key that was right before is let through: behind one proxy address, a flood of wrong keys must not lock out the right ones.
  if (known === undefined && Number(wrong ?? 0) >= MAX_WRONG)
    throw tooMany('requests with invalid API keys from this address', leftMs);
  const record =
    id === null || id === DELETED_KEY ? undefined : (await readRecord<ApiKeyRecord>(ctx, 'api_key', id))?.value;
  if (record === undefined || now >= (record.expires_at ?? Number.POSITIVE_INFINITY)) {
    ctx.apiKeys.delete(hash);
    await countInWindow(ctx, rateKey, WRONG_WINDOW_MS);
    throw new ConnectorError(
      'ERR_UNAUTHORIZED',
      record === undefined ? 'the API key is not valid' : `the API key "${record.name}" has expired`,
      {
        hint: 'Send "Authorization: Bearer <key>" with a key of "penstock api-keys create" or PENSTOCK_API_KEY.',
      },
    );
  }
  const caller = toCaller(record);
  const until = Math.min(now + KNOWN_MS, record.expires_at ?? Number.POSITIVE_INFINITY);
  ctx.apiKeys.remember(hash, { caller, until });
  await assertActive(ctx, caller.tenant);
  return withAddress(caller, from);
}

/** Who an API key is, by its id; undefined for one that is deleted or has expired. */
export async function callerOfKey(ctx: Context, id: string): Promise<Caller | undefined> {
  const record = (await readRecord<ApiKeyRecord>(ctx, 'api_key', id))?.value;
  const isUsable = record !== undefined && ctx.clock.now() < (record.expires_at ?? Number.POSITIVE_INFINITY);
  return isUsable ? toCaller(record) : undefined;
}

/** A tenant's keys, newest first; with `name`, those with exactly this name. @throws ConnectorError ERR_INPUT_INVALID */
export async function listApiKeys(
  ctx: Context,
  tenant: string,
  page: PageRequest & { name?: string | undefined } = {},
): Promise<ListPage<ApiKeyView>> {
  const list = { kind: 'api_key', owner: tenant };
  return listNamedRecords(ctx, list, page, ({ value }: Stored<ApiKeyRecord>) => toView(value));
}

/** @throws ConnectorError ERR_NOT_FOUND */
export async function getApiKey(ctx: Context, tenant: string, id: string): Promise<ApiKeyView> {
  return toView(await findKey(ctx, tenant, id));
}

/**
 * Deletes a key at once in every process that Redis reaches; its text can never be a key again.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT when it is the key that was used to ask
 */
export async function deleteApiKey(ctx: Context, caller: Actor, id: string): Promise<void> {
  const record = await findKey(ctx, caller.tenant, id);
  if (id === caller.keyId) {
    throw new ConnectorError('ERR_CONFLICT', 'a key cannot delete itself', {
      hint: 'Use a different admin key, so that at least one remains.',
    });
  }
  await transact(
    ctx,
    [['exists', ctx.keys.record('api_key', id)]],
    [
      ['SET', ctx.keys.apiKeyHash(record.hash), DELETED_KEY],
      ...removeWrites(ctx, { kind: 'api_key', id, owners: [record.tenant] }, undefined),
      auditWrite(ctx, caller, { action: 'api_key.delete', target: { kind: 'api_key', id, name: record.name } }),
      ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('api_key', id)],
    ],
  );
  ctx.changes.tell('api_key', id);
}

/**
 * Changes the name or role of a key; requests with it, and its sessions, have the new role at once.
 * @throws ConnectorError ERR_NOT_FOUND; ERR_CONFLICT when it is the key that was used to ask, or when it is changed at once
 */
export async function updateApiKey(
  ctx: Context,
  caller: Actor,
  id: string,
  change: { name?: string; role?: Role },
): Promise<ApiKeyView> {
  return compareAndSet(ctx, `the API key "${id}"`, async () => {
    const record = await findRecord(ctx, caller.tenant, id);
    if (id === caller.keyId && change.role !== undefined && change.role !== record.value.role) {
      throw new ConnectorError('ERR_CONFLICT', 'a key cannot change its own role', {
        hint: 'Use a different admin key, so that at least one remains.',
      });
    }
    const value = { ...record.value, ...change };
    return {
      checks: [unchanged(ctx, 'api_key', id, record)],
      writes: [
        ...updateWrites(ctx, { kind: 'api_key', id, version: record.version }, { value }),
        auditWrite(ctx, caller, {
          action: 'api_key.update',
          target: { kind: 'api_key', id, name: value.name },
          details: { ...change },
        }),
      ],
      cached: [['api_key', id]],
      result: toView(value),
    };
  });
}

async function lookUp(
  ctx: Context,
  hash: string,
  rateKey: string,
): Promise<[id: string | null, wrong: string | null, leftMs: number]> {
  const answers = await ctx.redis.pipeline().get(ctx.keys.apiKeyHash(hash)).get(rateKey).pttl(rateKey).exec();
  const [id, wrong, leftMs] = (answers ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
  return [id as string | null, wrong as string | null, Number(leftMs)];
}

async function findKey(ctx: Context, tenant: string, id: string): Promise<ApiKeyRecord> {
  return (await findRecord(ctx, tenant, id)).value;
}

async function findRecord(ctx: Context, tenant: string, id: string): Promise<Stored<ApiKeyRecord>> {
  const record = await readRecord<ApiKeyRecord>(ctx, 'api_key', id);
  if (record?.value.tenant === tenant) return record;
  throw new ConnectorError('ERR_NOT_FOUND', `there is no API key "${id}"`);
}

function checkNewKey({ name, role, key, expiresAt }: NewApiKey, now: number): void {
  const errors = [
    ...(typeof name === 'string' && name.trim() !== '' && name.length <= MAX_NAME_LENGTH
      ? []
      : [{ pointer: '/name', message: `must have 1 to ${MAX_NAME_LENGTH} characters` }]),
    ...(ROLES.includes(role)
      ? []
      : [{ pointer: '/role', message: `must be one of ${ROLES.join(', ')}`, allowed: ROLES }]),
    ...(key === undefined || key.length >= MIN_KEY_LENGTH
      ? []
      : [{ pointer: '/key', message: `must have at least ${MIN_KEY_LENGTH} characters` }]),
    ...(expiresAt === undefined || expiresAt > now
      ? []
      : [{ pointer: '/expires_at', message: 'must be a date and time in the future' }]),
  ];
  if (errors.length > 0)
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `the API key cannot be created: "${errors[0]!.pointer.slice(1)}" ${errors[0]!.message}`,
      { errors },
    );
}

/** What is stored of a key. */
export function hashOfKey(key: string): string {
  return digest('sha256', key);
}

function toCaller({ tenant, id, name, role }: ApiKeyRecord): Caller {
  return { tenant, keyId: id, name, role };
}

function toView(record: ApiKeyRecord): ApiKeyView {
  return {
    id: record.id,
    name: record.name,
    role: record.role,
    created_at: toTimestamp(record.created_at),
    created_by: record.created_by,
    ...(record.expires_at === undefined ? {} : { expires_at: toTimestamp(record.expires_at) }),
  };
}
