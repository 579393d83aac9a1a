import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import { type AuthScopes, fillText, fillTexts } from '../../../connector/auth-text.ts';
import { ConnectorError } from '../../../connector/errors.ts';

/** Clocks differ: an assertion that begins in the future is refused. */
const SKEW_SECONDS = 60;

/** A private key in PEM, of PKCS #8 or #1. @throws ConnectorError ERR_AUTH_FAILED for anything else, without repeating it */
export function readPrivateKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new ConnectorError('ERR_AUTH_FAILED', 'the private key cannot be read', {
      hint: 'Use the key in PEM, with its first and last line.',
      sent: 'no',
    });
  }
}

/** A signed assertion (RFC 7523 section 3). @throws ConnectorError ERR_AUTH_FAILED when the key cannot be read or is of another kind */
export function signAssertion(
  assertion: NonNullable<AuthModeManifest['assertion']>,
  of: { scopes: AuthScopes; now: number; audience: string },
): string {
  const { algorithm } = assertion;
  const key = readPrivateKey(fillText(assertion.key, of.scopes) ?? '');
  const wanted = algorithm === 'RS256' ? 'rsa' : 'ec';
  if (key.asymmetricKeyType !== wanted) {
    throw new ConnectorError('ERR_AUTH_FAILED', `the private key is not for ${algorithm}`, { sent: 'no' });
  }
  const seconds = Math.floor(of.now / 1000);
  const header = { alg: algorithm, typ: 'JWT' };
  const claims = {
    aud: of.audience,
    ...fillTexts(assertion.claims, of.scopes),
    jti: randomUUID(),
    iat: seconds - SKEW_SECONDS,
    exp: seconds - SKEW_SECONDS + assertion.lifetime_seconds,
  };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
