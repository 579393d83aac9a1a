import type { JsonObject } from '../../../connector/manifest.ts';
import { toTimestamp } from '../../store/timestamps.ts';
import {
  type AuthenticationKind,
  type AuthenticationRecord,
  type AuthenticationStatus,
  statusOf,
} from '../records/authentication-record.ts';

/** An authentication as it is shown. Holds no secret and no part of one. Times in RFC 3339. */
export interface AuthenticationView {
  id: string;
  linked_account: string;
  name: string;
  kind: AuthenticationKind;
  status: AuthenticationStatus;
  status_reason?: string;
  host: string;
  /** Of a host that serves several workspaces. */
  host_workspace_id?: string;
  account_id?: string;
  client_id?: string;
  oauth_app?: string;
  scopes?: string[];
  /** The other public fields of its kind. */
  fields?: JsonObject;
  granted_scopes?: string[];
  user_name?: string;
  workspace_id?: string;
  expires_at?: string;
  tested_at?: string;
  created_at: string;
  updated_at: string;
  created_by: string;
}

const SHOWN = [
  'status_reason',
  'host_workspace_id',
  'account_id',
  'client_id',
  'oauth_app',
  'scopes',
  'fields',
  'granted_scopes',
  'user_name',
  'workspace_id',
] as const;

/** Only fields of a list are shown, so that a field added to the record stays inside until it is added here. */
export function toAuthenticationView(record: AuthenticationRecord, now: number): AuthenticationView {
  const shown: Partial<AuthenticationView> = {};
  for (const field of SHOWN) if (record[field] !== undefined) Object.assign(shown, { [field]: record[field] });
  return {
    id: record.id,
    linked_account: record.linked_account,
    name: record.name,
    kind: record.kind,
    status: statusOf(record, now),
    host: record.host,
    ...shown,
    ...(record.expires_at === undefined ? {} : { expires_at: toTimestamp(record.expires_at) }),
    ...(record.tested_at === undefined ? {} : { tested_at: toTimestamp(record.tested_at) }),
    created_at: toTimestamp(record.created_at),
    updated_at: toTimestamp(record.updated_at),
    created_by: record.created_by,
  };
}
