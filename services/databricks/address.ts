import { invalidAddress } from '../../connector/hosts.ts';
import type { JsonObject } from '../../connector/manifest.ts';

/** A personal access token, as Databricks makes them. */
const TOKEN = /^dapi[0-9a-f]{32}/;
/** Databricks' ids are 64-bit numbers. */
const WORKSPACE_ID = /^\d{1,20}$/;
const FIELD = { title: 'Workspace URL', example: 'dbc-a1b2345c-d6e7.cloud.databricks.com' };

/** The workspace that an answer names in its headers; a login of an account is in none. */
export function workspaceOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  account: JsonObject,
): string | undefined {
  if (account.account_id !== undefined) return undefined;
  const id = headers['x-databricks-org-id'] ?? headers['x-databricks-workspace-id'];
  return typeof id === 'string' ? id : undefined;
}

/** Whether a host name is a token that was pasted into the wrong field. */
export function isToken(host: string): boolean {
  return TOKEN.test(host);
}

/**
 * The workspace that a pasted address names on a host that serves several, by `?o=`, `?w=` or `?workspace_id=`, as
 * Databricks' own tools read them. Undefined when it names none. @throws ConnectorError ERR_HOST_INVALID for one that is no number
 */
export function workspaceOfHost(text: string): string | undefined {
  const given = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  const ids = ['o', 'w', 'workspace_id'].flatMap((name) => url?.searchParams.getAll(name) ?? []);
  const [first] = ids;
  if (first === undefined) return undefined;
  if (ids.every((id) => id === first) && WORKSPACE_ID.test(first)) return first;
  throw invalidAddress(given, 'the workspace id in ?o= is not a number', FIELD);
}
