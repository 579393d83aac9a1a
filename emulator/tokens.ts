import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who makes a request. */
export interface Identity {
  kind: 'user' | 'service_principal';
  /** The SCIM id. */
  id: string;
  /** E-mail address of a user, client id of a service principal. */
  userName: string;
}

/** What a signed token says. */
export interface TokenClaims {
  /** `access`, `refresh`, or `link` for a pre-signed link. */
  use: 'access' | 'refresh' | 'link';
  /** SCIM id of its owner, or the path of a link. */
  subject: string;
  /** Epoch milliseconds. */
  expiresAt: number;
  id: string;
  /** Client and scopes of an OAuth token, and the login it belongs to. */
  client?: string;
  scope?: string;
  family?: string;
}

/** Makes and reads signed tokens; nothing is stored, so tokens outlive a restart with the same key. */
export interface Signer {
  sign(claims: Omit<TokenClaims, 'id'>): string;
  /** Reads a token whose signature is right, expired or not. */
  read(token: string): TokenClaims | undefined;
}

/** Makes a signer from a key. */
export function createSigner(key: Buffer): Signer {
  const mac = (text: string) => createHmac('sha256', key).update(text).digest();
  return {
    sign(claims) {
      const payload = Buffer.from(JSON.stringify({ ...claims, id: randomBytes(9).toString('base64url') })).toString(
        'base64url',
      );
      return `${payload}.${mac(payload).toString('base64url')}`;
    },
    read(token) {
      const [payload, signature, ...rest] = token.split('.');
      if (payload === undefined || signature === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(signature, 'base64url');
      const expected = mac(payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
    },
  };
}
