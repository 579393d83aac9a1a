import type { CompiledSchema } from './compiled-schema.ts';
import type { JsonObject } from './json-value.ts';

/** How a mode proves who is asking. */
export type AuthKind = 'none' | 'api_key' | 'basic' | 'bearer' | 'oauth2' | 'jwt_bearer' | 'aws_sigv4';

/** What each request carries. Texts and names may hold `{auth.x}`, `{account.x}` and `{token}`; an entry that misses a value is left out. */
export interface SendManifest {
  headers?: Record<string, string>;
  query?: Record<string, string>;
  cookies?: Record<string, string>;
}

/** Where things are in the answer of a token endpoint that is not RFC 6749's. Paths. */
export interface AnswerManifest {
  access_token?: string;
  refresh_token?: string;
  expires_in?: string;
  /** Of a time in RFC 3339, in place of `expires_in`. */
  expires_at?: string;
  scope?: string;
  /** Who signed in. */
  user_name?: string;
}

/** One way to log in, as `auth` of connector.json describes it. */
export interface AuthModeManifest {
  id: string;
  title: string;
  description?: string;
  kind: AuthKind;
  /** Schema of what a person gives; `writeOnly` fields are sealed, the others are shown. `expires_at` is when it ends by itself. */
  fields?: JsonObject;
  /** Public fields that may be replaced with the secret. */
  replace?: string[];
  send?: SendManifest;
  /** Of `basic`. */
  username?: string;
  password?: string;
  /** Of `oauth2`. */
  grant?: 'authorization_code' | 'client_credentials';
  /** Issuers to discover the endpoints from: the first whose placeholders have values. */
  issuer?: string[];
  discovery?: 'oauth' | 'openid';
  authorize_url?: string;
  token_url?: string;
  /** Hosts that the endpoints may be at beside those of the base URLs and of literal URLs, as a regular expression. */
  hosts?: string;
  scopes?: { default?: string[]; mandatory?: string[]; selectable?: string[]; separator?: string };
  client_auth?: 'basic' | 'body' | 'none' | 'private_key_jwt';
  /** Further parameters of the two requests, such as an audience. */
  authorize_parameters?: Record<string, string>;
  token_parameters?: Record<string, string>;
  refresh_token?: 'required' | 'optional';
  answer?: AnswerManifest;
  /** Of `jwt_bearer`: what is signed, and how it is exchanged at `token_url`. */
  assertion?: {
    algorithm: 'RS256' | 'ES256';
    key: string;
    claims: Record<string, string>;
    lifetime_seconds: number;
    /** `form`: RFC 7523; `bearer`: as the token of a POST without a body. */
    sent: 'form' | 'bearer';
  };
  /** Of `aws_sigv4`. */
  service?: string;
  region?: string;
  /** Exchanges the keys for temporary ones of a role; texts with placeholders. The first URL whose values are known is asked. */
  assume_role?: {
    url: string[];
    role_arn: string;
    external_id?: string;
    session_name: string;
    lifetime_seconds?: number;
  };
}

/**
 * `static`: what is stored is sent. `exchanged`: access tokens are got for it. `login`: a person signs in, and a refresh token gets the
 * access tokens.
 */
export type AuthFamily = 'static' | 'exchanged' | 'login';

/** A mode, compiled. */
export interface AuthMode {
  id: string;
  manifest: AuthModeManifest;
  family: AuthFamily;
  /** Names of the fields that are sealed, and of those that are shown. */
  secrets: readonly string[];
  shown: readonly string[];
  /** Fields that must be given, without the addresses. */
  credentials: readonly string[];
  /** Body of a new authentication, and of one that replaces the secret. */
  create: CompiledSchema;
  replace: CompiledSchema;
}
