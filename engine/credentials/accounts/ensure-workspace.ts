import { ConnectorError } from '../../../connector/errors.ts';
import type { Actor } from '../../access/actor.ts';
import { readRecords, type Stored } from '../../store/records.ts';
import {
  type AuthenticationView,
  addAuthentication,
  findAuthentication,
  renewSecret,
} from '../authentications/authentications.ts';
import type { Context } from '../context.ts';
import type { AuthenticationRecord } from '../records/authentication-record.ts';
import { openSecret } from '../records/authentication-secret.ts';
import { type PrincipalBody, principalBody } from './principal.ts';

/** What it came to. */
export interface EnsuredWorkspace {
  /** Id of the authentication. */
  authentication: string;
  name: string;
  change: 'created' | 'renewed' | 'none';
}

/**
 * An authentication for a workspace with the service principal of another one, in the same linked account: made when there
 * is none, given the present secret when it has an older one. Called twice it does nothing the second time.
 * @throws ConnectorError ERR_CONFLICT for an authentication that is no service principal's, or for one of the workspace that
 * was revoked on purpose; and as `createAuthentication`
 */
export async function ensureWorkspace(
  ctx: Context,
  actor: Actor,
  wish: { account: string; id: string; host: string; name: string; test: boolean },
): Promise<EnsuredWorkspace> {
  const { account, host, name, test } = wish;
  const { record } = await findAuthentication(ctx, { tenant: actor.tenant, account, id: wish.id });
  const principal = principalBody(ctx, record);
  const find = () => findKnown(ctx, account, { host, kind: principal.kind, clientId: principal.client_id });
  let known = await find();
  if (known === undefined) {
    try {
      const body = { ...principal, name, host, test };
      return told(await addAuthentication(ctx, actor, { account, body }), 'created');
    } catch (error) {
      if (!(error instanceof ConnectorError && error.code === 'ERR_NAME_TAKEN')) throw error;
      // Perhaps by another run that connects the same workspace right now.
      known = await find();
      if (known === undefined) throw error;
    }
  }
  const { id } = known.value;
  if (known.value.status === 'revoked') {
    throw new ConnectorError(
      'ERR_CONFLICT',
      `the authentication "${known.value.name}" of ${host} was revoked (${id})`,
      {
        hint: 'Delete it to connect the workspace again, or replace its secret.',
        sent: 'no',
      },
    );
  }
  if (isUpToDate(ctx, known, principal)) return told(known.value, 'none');
  const body = { client_secret: principal.client_secret, test };
  return told(await renewSecret(ctx, actor, { account, id, body }), 'renewed');
}

/** The linked account's authentication of this principal at this host; one that works goes before others. */
async function findKnown(
  ctx: Context,
  account: string,
  of: { host: string; kind: string; clientId: string },
): Promise<Stored<AuthenticationRecord> | undefined> {
  const ids = await ctx.redis.zrange(ctx.keys.records('authentication', account), '0', '-1');
  const found = (await readRecords<AuthenticationRecord>(ctx, 'authentication', ids)).filter(
    ({ value }) =>
      value.kind === of.kind &&
      value.host === of.host &&
      value.client_id === of.clientId &&
      value.account_id === undefined,
  );
  return found.find(({ value }) => value.status === 'active') ?? found[0];
}

function isUpToDate(ctx: Context, known: Stored<AuthenticationRecord>, principal: PrincipalBody): boolean {
  return known.value.status === 'active' && openSecret(ctx, known).client_secret === principal.client_secret;
}

function told(
  { id, name }: Pick<AuthenticationView, 'id' | 'name'>,
  change: EnsuredWorkspace['change'],
): EnsuredWorkspace {
  return { authentication: id, name, change };
}
