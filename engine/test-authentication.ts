import { ConnectorError, type ErrorRecord, toErrorRecord } from '../connector/errors.ts';
import type { AuthenticationStatus } from './authentication-record.ts';
import { type AuthenticationRecord, statusOf } from './authentication-record.ts';
import { findAuthentication } from './authentications.ts';
import type { Context } from './context.ts';
import { connectorOf } from './oauth-client.ts';
import { probe } from './probe.ts';
import { transact, updateWrites } from './records.ts';
import { toTimestamp } from './timestamps.ts';
import { changeMessage } from './token-cache.ts';
import { refreshAuthentication, resolveAuthentication } from './tokens.ts';

/** What a test on demand says. */
export interface TestResult {
  ok: boolean;
  status: AuthenticationStatus;
  user_name?: string;
  workspace_id?: string;
  tested_at: string;
  error?: ErrorRecord;
}

/**
 * Tests a stored authentication as a run would use it: a token that is refused is renewed once. What was found is stored.
 * A refusal is an answer, not an error. @throws ConnectorError ERR_NOT_FOUND, ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN
 */
export async function testAuthentication(
  ctx: Context,
  tenant: string,
  accountIdOrName: string,
  id: string,
): Promise<TestResult> {
  const { account, record } = await findAuthentication(ctx, { tenant, account: accountIdOrName, id });
  const connector = connectorOf(ctx, record.value.connector);
  const tested_at = toTimestamp(ctx.clock.now());
  const ask = (headers: { authorization: string }) =>
    probe(ctx, { connector, origin: record.value.host, accountId: record.value.account_id, headers });
  try {
    const resolved = await resolveAuthentication(ctx, tenant, account.value.id, id);
    const identity = await ask(resolved.headers).catch(async (error: unknown) => {
      if (!(error instanceof ConnectorError && error.code === 'ERR_AUTH_FAILED')) throw error;
      return ask((await refreshAuthentication(ctx, resolved)).headers);
    });
    const { entitlements: _, ...found } = identity;
    await remember(ctx, id, found);
    return { ok: true, status: statusOf(record.value, ctx.clock.now()), ...found, tested_at };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code === 'ERR_KEY_UNKNOWN' || error.code === 'ERR_SEAL_BROKEN')
      throw error;
    const { record: after } = await findAuthentication(ctx, { tenant, account: account.value.id, id });
    return { ok: false, status: statusOf(after.value, ctx.clock.now()), tested_at, error: toErrorRecord(error) };
  }
}

/** A change by others in the same moment wins; the next test writes again. */
async function remember(ctx: Context, id: string, found: Partial<AuthenticationRecord>): Promise<void> {
  const { record } = await reread(ctx, id);
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
  ctx.tokens.forget('authentication', id);
}

async function reread(ctx: Context, id: string) {
  const found = ctx.tokens.authentications.get(id);
  return { record: found instanceof Promise ? await found : found };
}
