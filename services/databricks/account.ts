import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { workspaceOfHost } from './address.ts';

/** The workspace of a host that serves several: given, or in the address. @throws ConnectorError ERR_INPUT_INVALID when they differ */
export function readLogin(shown: JsonObject, given: Readonly<Record<string, unknown>>): JsonObject {
  const { workspace_id: id, ...rest } = shown;
  const ofHost = workspaceOfHost(String(given.host ?? ''));
  if (id !== undefined && ofHost !== undefined && id !== ofHost) {
    const message = `is ${String(id)}, and the host names the workspace ${ofHost}`;
    throw new ConnectorError('ERR_INPUT_INVALID', `"workspace_id" ${message}`, {
      errors: [{ pointer: '/workspace_id', message }],
    });
  }
  const workspace = id ?? ofHost;
  return workspace === undefined ? rest : { ...rest, host_workspace_id: workspace };
}

/** A login serves a whole host. @throws ConnectorError ERR_HOST_INVALID for one workspace of a host that serves several */
export function checkLoginAddress(address: string): void {
  const workspace = workspaceOfHost(address);
  if (workspace === undefined) return;
  const host = URL.parse(address.includes('://') ? address : `https://${address}`)?.host ?? '';
  throw new ConnectorError(
    'ERR_HOST_INVALID',
    `"https://${host}" with ?o=${workspace} is one workspace of a host that serves several; logins and connect links do not support this`,
    { hint: "Use the workspace's own address without ?o=, or store a token or a service principal." },
  );
}

/** An empty id is a mistake of the sender, never a wish for no warehouse. @throws ConnectorError ERR_WAREHOUSE_MISSING */
export function checkAccount(
  fields: Readonly<Record<string, unknown>>,
  { isNew, isDefaultRequired }: { isNew: boolean; isDefaultRequired: boolean },
): void {
  const given = fields.default_warehouse_id;
  const isMissing = given === null || given === '' || (given === undefined && isNew && isDefaultRequired);
  if (!isMissing) return;
  throw new ConnectorError('ERR_WAREHOUSE_MISSING', '"default_warehouse_id" must be given', {
    hint: 'Find it under SQL Warehouses > your warehouse > Connection details: it is the last part of the HTTP path.',
    errors: [{ pointer: '/default_warehouse_id', message: 'must be the id of a SQL warehouse' }],
  });
}
