import type { Http } from '../../connector/http.ts';
import type { Context as ConnectorsContext } from '../connectors/context.ts';
import type { ServerCache } from './oauth/server-cache.ts';
import type { KeptConnections } from './records/kept-connections.ts';
import type { TokenCache } from './records/token-cache.ts';

/**
 * What the credentials floor is given. Here belongs what reaches a service with somebody's permission. Its inner
 * floors, each may use those before it: `records`, `oauth` (the protocol and the registered apps), `tokens` (access
 * tokens and their one refresh), `authentications`, `accounts`, `logins`. It knows no queue and no run.
 */
export interface Context extends ConnectorsContext {
  http: Http;
  tokens: TokenCache;
  servers: ServerCache;
  connections: KeptConnections;
  /** Whether the operator listed this origin in PENSTOCK_ALLOWED_HOSTS. */
  isListed(origin: string): boolean;
}
