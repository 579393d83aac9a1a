import { timingSafeEqual } from 'node:crypto';
import type { Identity } from '../tokens.ts';
import { oauthError } from './errors.ts';

/** A client that may ask for tokens: a service principal, or an app that users log in through. */
export interface OAuthClient {
  id: string;
  /** Without one the client is public. */
  secret?: string;
  /** A service principal gets tokens for itself. */
  identity?: Identity;
  /** Where codes may be sent; `loopback` allows any port and path on this machine. */
  redirects?: string[] | 'loopback';
}

/** The clients that are known. */
export interface Clients {
  add(client: OAuthClient): void;
  get(id: string): OAuthClient | undefined;
  /**
   * The client of a token request, by HTTP Basic or by form fields; a public client only names itself.
   * @throws ApiError 401 invalid_client.
   */
  authenticate(header: string | undefined, form: Record<string, string>): OAuthClient;
}

/** Opens the list with the clients that every workspace has: `databricks-cli`, public, on loopback. */
export function createClients(): Clients {
  const clients = new Map<string, OAuthClient>();
  const list: Clients = {
    add: (client) => void clients.set(client.id, client),
    get: (id) => clients.get(id),
    authenticate(header, form) {
      const { id, secret } = credentialsOf(header, form);
      const client = clients.get(id);
      if (client === undefined) throw oauthError(401, 'invalid_client', 'Client authentication failed');
      if (client.secret === undefined && secret !== undefined && secret !== '')
        throw oauthError(401, 'invalid_client', 'Client authentication failed');
      if (client.secret !== undefined && (secret === undefined || !isSame(secret, client.secret))) {
        throw oauthError(401, 'invalid_client', 'Client authentication failed');
      }
      return client;
    },
  };
  list.add({ id: 'databricks-cli', redirects: 'loopback' });
  return list;
}

/** Whether a client may have codes sent to this address. */
export function allowsRedirect(client: OAuthClient, redirect: string): boolean {
  if (client.redirects === undefined) return false;
  if (client.redirects !== 'loopback') return client.redirects.includes(redirect);
  try {
    const { protocol, hostname } = new URL(redirect);
    return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  } catch {
    return false;
  }
}

/** Compares two secrets in a time that does not tell where they differ. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function credentialsOf(
  header: string | undefined,
  form: Record<string, string>,
): { id: string; secret: string | undefined } {
  const basic = /^Basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (basic === undefined) return { id: form.client_id ?? '', secret: form.client_secret };
  const text = Buffer.from(basic, 'base64').toString();
  const colon = text.indexOf(':');
  // RFC 6749, 2.3.1: both parts are form-encoded first
  const part = (encoded: string) => decode(encoded.replaceAll('+', '%20'));
  return { id: part(text.slice(0, Math.max(0, colon))), secret: part(text.slice(colon + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
