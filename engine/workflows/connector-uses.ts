import type { AuthModeManifest } from '../../connector/auth-mode.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action, ConnectorManifest, Manifests, Trigger, TriggerKind } from '../../connector/manifest.ts';
import type { OAuthAppRecord } from '../credentials/oauth/oauth-app-record.ts';
import type { LinkedAccountRecord } from '../credentials/records/authentication-record.ts';
import type { Context } from '../runs/context.ts';
import { eachRow, type ListPage } from '../store/list-pages.ts';
import { listRecords } from '../store/records.ts';
import { workflowsWith } from './usage.ts';

/** Of those that are in the way, named in an error. */
const MAX_NAMED = 10;
const PAGE = 200;

/** Actions and triggers by their ids, triggers with their kind: one of another kind would start nothing. */
export type Parts = ReadonlyMap<string, TriggerKind | 'action'>;

/** @throws ConnectorError ERR_CONFLICT, with what uses the connector */
export async function refuseWhileUsed(ctx: Context, tenant: string, id: string): Promise<void> {
  const [workflows, accounts, apps] = await Promise.all([
    workflowsWith(ctx, tenant, (used) => used.startsWith(`${id}.`)),
    accountsOf(ctx, tenant, id),
    appsOf(ctx, tenant, id),
  ]);
  const uses = [...named('workflow', workflows), ...named('linked account', accounts), ...named('OAuth app', apps)];
  if (uses.length === 0) return;
  throw new ConnectorError('ERR_CONFLICT', `the connector "${id}" is used by ${uses.join('; ')}`, {
    hint: 'Delete them, or change them to other connectors, first. Runs that have begun do not count: they keep the connector.',
  });
}

/**
 * Refuses new manifests that would break what is there: without an action or trigger that a workflow uses, or with other addresses or
 * logins while credentials are stored, which were given for those.
 * @throws ConnectorError ERR_CONFLICT
 */
export async function refuseBreaking(
  ctx: Context,
  tenant: string,
  change: { id: string; before: Manifests; after: { manifest: ConnectorManifest; parts: Parts } },
): Promise<void> {
  const { id, before, after } = change;
  const old = [...before.actions.values(), ...before.triggers.values()].filter(({ connector }) => connector.id === id);
  const isThere = (of: Action | Trigger) => after.parts.get(of.id) === ('kind' in of ? of.kind : 'action');
  const gone = new Set(old.filter((each) => !isThere(each)).map((each) => each.id));
  const workflows = gone.size === 0 ? [] : await workflowsWith(ctx, tenant, (used) => gone.has(used));
  if (workflows.length > 0) {
    const which = [...gone].slice(0, MAX_NAMED).join(', ');
    throw new ConnectorError(
      'ERR_CONFLICT',
      `${which}: no longer there, or of another kind, and used by ${named('workflow', workflows)}`,
      {
        hint: 'Keep them, or change the workflows first.',
      },
    );
  }
  const manifest = before.connectors.get(id)!.manifest;
  if (placesOf(manifest, manifest) === placesOf(after.manifest, manifest)) return;
  const [accounts, apps] = await Promise.all([accountsOf(ctx, tenant, id), appsOf(ctx, tenant, id)]);
  const withSecrets = await withAuthentications(ctx, accounts);
  const uses = [...named('linked account', withSecrets), ...named('OAuth app', apps)];
  if (uses.length === 0) return;
  const what = `"base_urls" or the addresses of a login of "${id}" change, and credentials are stored for`;
  throw new ConnectorError('ERR_CONFLICT', `${what} ${uses.join('; ')}`, {
    hint: 'Credentials go only where they were given for. Delete the authentications first, or add the connector with another id.',
  });
}

/** Where credentials of the logins that are there may go. Texts for people may change. */
function placesOf({ base_urls, auth }: ConnectorManifest, before: ConnectorManifest): string {
  const modes = before.auth.map(({ id }) => addressesOf(auth.find((mode) => mode.id === id)));
  return JSON.stringify([base_urls ?? null, modes]);
}

function addressesOf(mode: AuthModeManifest | undefined): unknown {
  if (mode === undefined) return null;
  const { kind, issuer, authorize_url, token_url, hosts, assume_role, assertion } = mode;
  return [kind, issuer, authorize_url, token_url, hosts, assume_role?.url, assertion?.claims];
}

function accountsOf(ctx: Context, tenant: string, connector: string): Promise<{ id: string; name: string }[]> {
  return recordsOf<LinkedAccountRecord>(ctx, { kind: 'linked_account', tenant, connector });
}

function appsOf(ctx: Context, tenant: string, connector: string): Promise<{ id: string; name: string }[]> {
  return recordsOf<OAuthAppRecord>(ctx, { kind: 'oauth_app', tenant, connector });
}

async function recordsOf<T extends { id: string; name: string; connector: string }>(
  ctx: Context,
  { kind, tenant, connector }: { kind: string; tenant: string; connector: string },
): Promise<{ id: string; name: string }[]> {
  const read = (after: string | undefined): Promise<ListPage<T>> =>
    listRecords<T, T>(ctx, { kind, owner: tenant }, { limit: PAGE, after }, ({ value }) => value);
  const found: { id: string; name: string }[] = [];
  for await (const { id, name, connector: its } of eachRow(read)) if (its === connector) found.push({ id, name });
  return found;
}

async function withAuthentications<T extends { id: string }>(ctx: Context, accounts: readonly T[]): Promise<T[]> {
  const counts = await Promise.all(accounts.map(({ id }) => ctx.redis.zcard(ctx.keys.records('authentication', id))));
  return accounts.filter((_, i) => counts[i]! > 0);
}

function named(what: string, all: readonly { name: string }[]): string[] {
  if (all.length === 0) return [];
  const names = all.slice(0, MAX_NAMED).map(({ name }) => `"${name}"`);
  const more = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : '';
  return [`${all.length} ${what}${all.length === 1 ? '' : 's'} (${names.join(', ')}${more})`];
}
