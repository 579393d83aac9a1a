import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConnectorError } from '../../connector/errors.ts';

/** Seals and opens secrets; the only holder of key material. Logs and JSON show its key ids and nothing else. */
export interface Keyring {
  /** Encrypts under the primary key. `owner` (tenant and object id) must be given again to open: a copied ciphertext is useless. */
  seal(plain: string, owner: string): string;
  /** @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN (wrong key, wrong owner or damaged text) */
  open(sealed: string, owner: string): string;
  /** The id of the key that sealed this. @throws ConnectorError ERR_SEAL_BROKEN for text of another form. */
  keyIdOf(sealed: string): string;
  /** A value that only the key of this id can open; kept in Redis so that a wrong key is found at start. */
  sealWith(keyId: string, plain: string, owner: string): string;
  primaryId: string;
  ids: readonly string[];
}

/** Where keys come from, by the scheme before the first `:`; a key service is one more entry. Each returns `id:base64,...`. */
export type KeySources = Readonly<Record<string, (rest: string) => string>>;

const FORMAT = 's1';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits is the nonce GCM is defined for (NIST SP 800-38D); random ones are safe for 2^32 seals per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const HOW_TO =
  'Use `id:base64` with 32 random bytes, such as k1:$(openssl rand -base64 32); separate several keys with commas; the first one encrypts.';

const FILE_SOURCES: KeySources = Object.freeze({
  file: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new ConnectorError('ERR_CONFIG', `the key file "${path}" of PENSTOCK_ENCRYPTION_KEYS cannot be read`, {
        hint: HOW_TO,
        cause,
      });
    }
  },
});

/**
 * Makes a keyring from `id:base64,...` or from `file:/path` whose file holds the same form, one key per line or comma.
 * A scheme of `sources` comes before a key id of that name, so a key must not be called `file`.
 * @throws ConnectorError ERR_CONFIG naming the entry that is wrong, never its key material.
 */
export function createKeyring(spec: string, sources: KeySources = FILE_SOURCES): Keyring {
  const keys = readKeys(spec, sources);
  const [primaryId] = keys.keys();
  if (primaryId === undefined) {
    throw new ConnectorError('ERR_CONFIG', 'PENSTOCK_ENCRYPTION_KEYS contains no key', { hint: HOW_TO });
  }
  const sealWith = (keyId: string, plain: string, owner: string) => {
    const key = keys.get(keyId);
    if (key === undefined) throw unknownKey(keyId);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundData(keyId, owner));
    const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORMAT}.${keyId}.${body.toString('base64url')}`;
  };
  return Object.freeze({
    primaryId,
    ids: Object.freeze([...keys.keys()]),
    sealWith,
    seal: (plain: string, owner: string) => sealWith(primaryId, plain, owner),
    open: (sealed: string, owner: string) => {
      const { keyId, body } = split(sealed);
      const key = keys.get(keyId);
      if (key === undefined) throw unknownKey(keyId);
      try {
        const decipher = createDecipheriv(ALGORITHM, key, body.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(boundData(keyId, owner));
        decipher.setAuthTag(body.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        throw new ConnectorError(
          'ERR_SEAL_BROKEN',
          `a secret of "${owner}" cannot be decrypted with the key "${keyId}"`,
          {
            hint: `Either the key "${keyId}" is not the one that encrypted it, or the stored text was changed. Store the secret again.`,
            cause,
          },
        );
      }
    },
    keyIdOf: (sealed: string) => split(sealed).keyId,
  });
}

function readKeys(spec: string, sources: KeySources): Map<string, Buffer> {
  const colon = spec.indexOf(':');
  const source = colon < 0 ? undefined : sources[spec.slice(0, colon).trim()];
  const text = source === undefined ? spec : source(spec.slice(colon + 1).trim());
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text.split(/[,\n]/).entries()) {
    if (entry.trim() === '') continue;
    const [id = '', material, ...more] = entry.trim().split(':');
    const which = `entry ${index + 1} of PENSTOCK_ENCRYPTION_KEYS`;
    // The id is shown only when it looks like one: a bare key without an id must not reach the log.
    if (material === undefined || more.length > 0) throw wrongKey(`${which} is not of the form id:base64`);
    if (!KEY_ID.test(id)) throw wrongKey(`${which} has an id that is not 1 to 32 letters, digits, "_" or "-"`);
    if (keys.has(id)) throw wrongKey(`${which} repeats the id "${id}"`);
    const key = Buffer.from(material, 'base64');
    if (key.length !== KEY_BYTES) throw wrongKey(`the key "${id}" has ${key.length} bytes instead of ${KEY_BYTES}`);
    keys.set(id, key);
  }
  return keys;
}

/** Key id and owner are authenticated with the ciphertext, so neither can be swapped. */
function boundData(keyId: string, owner: string): Buffer {
  return Buffer.from(`${FORMAT}.${keyId}.${owner}`, 'utf8');
}

function split(sealed: string): { keyId: string; body: Buffer } {
  const [format, keyId = '', text = '', ...more] = sealed.split('.');
  const body = Buffer.from(text, 'base64url');
  if (format !== FORMAT || more.length > 0 || body.length < NONCE_BYTES + TAG_BYTES) {
    throw new ConnectorError('ERR_SEAL_BROKEN', 'an encrypted secret has an unknown format', {
      hint: 'The stored text was changed. Store the secret again.',
    });
  }
  return { keyId, body };
}

function unknownKey(keyId: string): ConnectorError {
  return new ConnectorError(
    'ERR_KEY_UNKNOWN',
    `a secret is encrypted with the key "${keyId}", which is not configured`,
    {
      hint: `Add the key "${keyId}" to PENSTOCK_ENCRYPTION_KEYS again, run "penstock encryption-keys rotate", then remove it.`,
    },
  );
}

function wrongKey(what: string): ConnectorError {
  return new ConnectorError('ERR_CONFIG', what, { hint: HOW_TO });
}
