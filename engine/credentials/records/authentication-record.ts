import type { JsonObject } from '../../../connector/manifest.ts';
import type { Metadata } from '../../store/metadata.ts';

/** Id of a mode of the connector. */
export type AuthenticationKind = string;

/**
 * `expiring`: a personal access token whose end is near. `needs_reauth`: a person must sign in again or store a new secret.
 * `revoked`: withdrawn on purpose; the secrets are gone and the record stays for the history.
 */
export type AuthenticationStatus = 'active' | 'expiring' | 'needs_reauth' | 'revoked';

/** A stored credential as it lies in Redis, without its secrets. Times in epoch ms. */
export interface AuthenticationRecord {
  id: string;
  tenant: string;
  linked_account: string;
  name: string;
  connector: string;
  kind: AuthenticationKind;
  /** `https://name`: where its tokens go. */
  host: string;
  /** Of a host that serves several workspaces: which one; sent with each request. */
  host_workspace_id?: string;
  account_id?: string;
  client_id?: string;
  oauth_app?: string;
  scopes?: string[];
  /** The other public fields of its mode. */
  fields?: JsonObject;
  /** The access token of the login ends with its grant only, and nothing renews it. */
  lasting?: true;
  /** What the service said it granted, when it did. */
  granted_scopes?: string[];
  /** Rises with each new secret; an access token of another one is worthless. */
  secret_version: number;
  /** When a personal access token ends by itself. */
  expires_at?: number;
  /** Set when the warning about `expires_at` was sent. */
  expiry_warned_at?: number;
  status: 'active' | 'needs_reauth' | 'revoked';
  status_reason?: string;
  /** Who the service says this is. */
  user_name?: string;
  workspace_id?: string;
  tested_at?: number;
  created_at: number;
  updated_at: number;
  created_by: string;
}

/** The secrets of a record, sealed beside it as JSON: the `writeOnly` fields of its mode, and what a login got. */
export interface AuthenticationSecret {
  client_secret?: string;
  private_key?: string;
  refresh_token?: string;
  /** Of a login whose access token does not end. */
  access_token?: string;
  [field: string]: string | undefined;
}

/** A linked account as it lies in Redis, with the fields that its connector declares beside its own. Times in epoch ms. */
export interface LinkedAccountRecord {
  id: string;
  tenant: string;
  name: string;
  connector: string;
  default_authentication?: string;
  /** In place of the connector manifest's. */
  limits?: AccountLimits;
  metadata?: Metadata;
  /** Nothing of it starts meanwhile; see engine/credentials/accounts/pause-account.ts. */
  paused?: { at: number; by: string; reason?: string };
  created_at: number;
  updated_at: number;
  created_by: string;
}

/** What the workspace of an account may be asked at most, by all workers together. */
export interface AccountLimits {
  /** Requests per second. */
  per_second?: number;
  /** Requests open at once, and active runs at once. */
  concurrent?: number;
}

/** Warned ahead for long enough that a person can act over a holiday. */
export const EXPIRING_MS = 14 * 86_400_000;

/** The status as it is now, with what time alone has changed. */
export function statusOf(record: AuthenticationRecord, now: number): AuthenticationStatus {
  if (record.status !== 'active' || record.expires_at === undefined) return record.status;
  if (now >= record.expires_at) return 'needs_reauth';
  return now >= record.expires_at - EXPIRING_MS ? 'expiring' : 'active';
}

/** The status before a change: what was told last. That time is over alone was told nobody, so an end that has come is `expiring`. */
export function statusBefore(record: AuthenticationRecord, now: number): AuthenticationStatus {
  const status = statusOf(record, now);
  return record.status === 'active' && status === 'needs_reauth' ? 'expiring' : status;
}

/** Which workspace it is of, in the index of those that may be connected once. */
export function workspaceFieldOf(record: Pick<AuthenticationRecord, 'host' | 'host_workspace_id'>): string {
  return `workspace:${record.host}${record.host_workspace_id === undefined ? '' : `?o=${record.host_workspace_id}`}`;
}

/** Whose seal it is: a ciphertext opens for its own tenant and authentication only. */
export function sealOwnerOf(record: Pick<AuthenticationRecord, 'tenant' | 'id'>): string {
  return `${record.tenant}/${record.id}`;
}
