import { ConnectorError, type ErrorRecord, toErrorRecord } from '../../../connector/errors.ts';
import { changeMessage } from '../../store/record-changes.ts';
import { readRecord, transact, updateWrites } from '../../store/records.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import type { Context } from '../context.ts';
import { type AuthenticationRecord, type AuthenticationStatus, statusOf } from '../records/authentication-record.ts';
import type { Resolved } from '../records/token-cache.ts';
import { type Identity, probe } from '../tokens/probe.ts';
import { refreshAuthentication, resolveAuthentication } from '../tokens/tokens.ts';
import { findAuthentication } from './authentications.ts';
import { examinePermissions, type Permission } from './permissions.ts';
import { reactivate } from './reactivate.ts';

/** What a test on demand says. */
export interface TestResult {
  ok: boolean;
  status: AuthenticationStatus;
  user_name?: string;
  workspace_id?: string;
  tested_at: string;
  /** What actions need, and which of it is missing. */
  permissions?: Permission[];
  missing?: string[];
  error?: ErrorRecord;
}

/**
 * Tests a stored authentication as a run would use it: a token that is refused is renewed once. Who it is gets stored.
 * One that needs a person is tried with the secret that is stored, and is active again when the service takes it.
 * A refusal is an answer, not an error. @throws ConnectorError ERR_NOT_FOUND, ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN
 */
export async function testAuthentication(
  ctx: Context,
  tenant: string,
  accountIdOrName: string,
  id: string,
): Promise<TestResult> {
  const { account, record: found } = await findAuthentication(ctx, { tenant, account: accountIdOrName, id });
  let record = found;
  const tested_at = toTimestamp(ctx.clock.now());
  try {
    // What was refused once may be taken now: only the service knows. A login has no secret to try but a refresh token, and trying
    // that one again could end a grant that lives.
    if (record.value.status === 'needs_reauth' && record.value.oauth_app === undefined) {
      const value = await reactivate(ctx, record);
      record =
        value === undefined
          ? (await findAuthentication(ctx, { tenant, account: accountIdOrName, id })).record
          : { ...record, value };
    }
    const resolved = await resolveAuthentication(ctx, tenant, account.value.id, id);
    const { credential, identity } = await askWho(ctx, resolved);
    const permissions = await examinePermissions(ctx, credential, record.value.granted_scopes);
    await remember(ctx, id, identity);
    const missing = permissions.filter(({ granted }) => granted === false).map(({ permission }) => permission);
    return { ok: true, status: statusOf(record.value, ctx.clock.now()), ...identity, tested_at, permissions, missing };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code === 'ERR_KEY_UNKNOWN' || error.code === 'ERR_SEAL_BROKEN') {
      throw error;
    }
    const { record: after } = await findAuthentication(ctx, { tenant, account: account.value.id, id });
    return {
      ok: false,
      status: statusOf(after.value, ctx.clock.now()),
      tested_at,
      error: toErrorRecord(error),
    };
  }
}

async function askWho(ctx: Context, resolved: Resolved): Promise<{ credential: Resolved; identity: Identity }> {
  try {
    return { credential: resolved, identity: await probe(ctx, resolved) };
  } catch (error) {
    if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
    const renewed = await refreshAuthentication(ctx, resolved);
    return { credential: renewed, identity: await probe(ctx, renewed) };
  }
}

/** A change by others in the same moment wins; the next test writes again. */
async function remember(ctx: Context, id: string, found: Partial<AuthenticationRecord>): Promise<void> {
  const record = await readRecord<AuthenticationRecord>(ctx, 'authentication', id);
  if (record === undefined) return;
  const value = { ...record.value, ...found, tested_at: ctx.clock.now() };
  await transact(
    ctx,
    [['version', ctx.keys.record('authentication', id), String(record.version)]],
    [
      ...updateWrites(ctx, { kind: 'authentication', id, version: record.version }, { value }),
      ['PUBLISH', ctx.keys.authenticationChannel(), changeMessage('authentication', id)],
    ],
  );
  ctx.changes.tell('authentication', id);
}
