import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import { type AuthScopes, fillText } from '../../../connector/auth-text.ts';
import type { Context } from '../context.ts';
import type { Sign } from '../records/token-cache.ts';

/** The SHA-256 of the SDK's interface, over Node's own. */
class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: unknown): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    // The SDK makes a new one for each digest.
  }
}

/**
 * Signs requests as AWS wants them (Signature Version 4). A body that is a stream is not read to be signed.
 * The keys are the fields `access_key_id`, `secret_access_key` and, for temporary ones, `session_token`.
 */
export function createSigner(ctx: Pick<Context, 'clock'>, manifest: AuthModeManifest, scopes: AuthScopes): Sign {
  const field = (name: string) => fillText(`{auth.${name}}`, scopes);
  const sessionToken = field('session_token');
  const isS3 = manifest.service === 's3';
  const signer = new SignatureV4({
    service: manifest.service ?? 'execute-api',
    region: fillText(manifest.region ?? '{account.region}', scopes) ?? 'us-east-1',
    credentials: {
      accessKeyId: field('access_key_id') ?? '',
      secretAccessKey: field('secret_access_key') ?? '',
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    // S3 wants paths encoded once; every other service wants them encoded twice.
    uriEscapePath: !isS3,
    sha256: Sha256 as never,
  });
  return async ({ method, url, headers, body, isStream }) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
    const query: Record<string, string | string[]> = {};
    for (const name of new Set(searchParams.keys())) {
      const values = searchParams.getAll(name);
      query[name] = values.length === 1 ? values[0]! : values;
    }
    const hash = isStream
      ? 'UNSIGNED-PAYLOAD'
      : createHash('sha256')
          .update(body ?? '')
          .digest('hex');
    const answer = await signer.sign(
      {
        method,
        protocol,
        hostname,
        ...(port === '' ? {} : { port: Number(port) }),
        path: isS3 ? encodedOnce(pathname) : pathname,
        query,
        headers: { ...headers, host, ...(isS3 || isStream ? { 'x-amz-content-sha256': hash } : {}) },
        body,
      } as never,
      { signingDate: new Date(ctx.clock.now()) },
    );
    const { host: _, ...signed } = (answer as unknown as { headers: Record<string, string> }).headers;
    return signed;
  };
}

/**
 * The path that S3 signs: each character but letters, digits and `-._~` is encoded, whether or not it was in the URL.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function encodedOnce(path: string): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  try {
    return path.split('/').map(decodeURIComponent).map(encode).join('/');
  } catch {
    return path; // Not UTF-8: S3 refuses it, whatever was signed.
  }
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data as ArrayBuffer);
}
