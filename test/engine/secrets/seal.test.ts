import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createKeyring } from '../../../engine/secrets/seal.ts';

const K1 = randomBytes(32).toString('base64');
const K2 = randomBytes(32).toString('base64');

describe('keyring', () => {
  it('opens what it sealed, for the same owner', () => {
    const keyring = createKeyring(`k1:${K1}`);

    expect(keyring.open(keyring.seal('päss\u0000word', 't/a'), 't/a')).toBe('päss\u0000word');
  });

  it('never seals the same text to the same ciphertext', () => {
    const keyring = createKeyring(`k1:${K1}`);

    expect(keyring.seal('x', 'o')).not.toBe(keyring.seal('x', 'o'));
  });

  it('refuses a ciphertext copied to another owner', () => {
    const keyring = createKeyring(`k1:${K1}`);

    expect(() => keyring.open(keyring.seal('x', 'tenant-a/auth_1'), 'tenant-b/auth_1')).toThrow(
      expect.objectContaining({ code: 'ERR_SEAL_BROKEN' }),
    );
  });

  it.each(['nonce', 'body', 'tag'])('refuses a ciphertext with a changed %s', (part) => {
    const keyring = createKeyring(`k1:${K1}`);
    const [format, id, text] = keyring.seal('some longer secret', 'o').split('.') as [string, string, string];
    const bytes = Buffer.from(text, 'base64url');
    const at = part === 'nonce' ? 0 : part === 'tag' ? bytes.length - 1 : 14;
    bytes[at] = bytes[at]! ^ 1;

    expect(() => keyring.open(`${format}.${id}.${bytes.toString('base64url')}`, 'o')).toThrow(
      expect.objectContaining({ code: 'ERR_SEAL_BROKEN' }),
    );
  });

  it('refuses a ciphertext whose key id was swapped', () => {
    const keyring = createKeyring(`k1:${K1},k2:${K1}`);

    expect(() => keyring.open(keyring.seal('x', 'o').replace('.k1.', '.k2.'), 'o')).toThrow(
      expect.objectContaining({ code: 'ERR_SEAL_BROKEN' }),
    );
  });

  it('seals with the first key and opens with every key', () => {
    const old = createKeyring(`k1:${K1}`).seal('x', 'o');
    const keyring = createKeyring(`k2:${K2},k1:${K1}`);

    expect(keyring.keyIdOf(keyring.seal('x', 'o'))).toBe('k2');
    expect(keyring.open(old, 'o')).toBe('x');
  });

  it('names the missing key and what to do', () => {
    const old = createKeyring(`k1:${K1}`).seal('x', 'o');

    expect(() => createKeyring(`k2:${K2}`).open(old, 'o')).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_UNKNOWN',
        message: expect.stringContaining('"k1"'),
        hint: expect.stringContaining('keys rotate'),
      }),
    );
  });

  it('reads keys from a file, one per line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'penstock-keys-'));
    try {
      writeFileSync(join(folder, 'keys'), `k2:${K2}\nk1:${K1}\n`);

      expect(createKeyring(`file:${join(folder, 'keys')}`).ids).toEqual(['k2', 'k1']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes keys from a key service given as a source', () => {
    const keyring = createKeyring('vault:secret/penstock', {
      vault: (path) => (path === 'secret/penstock' ? `k9:${K1}` : ''),
    });

    expect(keyring.primaryId).toBe('k9');
  });

  it.each([
    ['no key', '', 'contains no key'],
    ['a key without id', K1, 'not of the form'],
    ['a short key', 'k1:c2hvcnQ=', '5 bytes instead of 32'],
    ['a repeated id', `k1:${K1},k1:${K2}`, 'repeats the id "k1"'],
    ['a strange id', `k 1:${K1}`, 'entry 1'],
    ['a missing file', 'file:/nonexistent/keys', 'cannot be read'],
  ])('says what is wrong with %s, without the key material', (_name, spec, text) => {
    let thrown: unknown;
    try {
      createKeyring(spec);
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toMatchObject({ code: 'ERR_CONFIG', message: expect.stringContaining(text) });
    expect(JSON.stringify([(thrown as Error).message, (thrown as Error).stack])).not.toContain(K1.slice(0, 12));
  });
});
