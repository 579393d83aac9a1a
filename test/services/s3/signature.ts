import { createHash, createHmac } from 'node:crypto';

/** A request whose signature is looked at; `url` has the host that it is for. */
interface Signed {
  method: string;
  url: string;
  secret: string;
  /** Names in lower case. Without them, the signature is in the query. */
  headers?: Readonly<Record<string, string | undefined>>;
}

/**
 * The signature that the service computes, written from its specification, because `s3rver` computes none of version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function signatureOf({ method, url, secret, headers }: Signed): string {
  const { host, pathname, searchParams } = new URL(url);
  const [, credential = '', signed = ''] =
    headers === undefined
      ? ['', searchParams.get('X-Amz-Credential') ?? '', searchParams.get('X-Amz-SignedHeaders') ?? '']
      : (/Credential=([^,]+),\s*SignedHeaders=([^,]+),/.exec(headers.authorization ?? '') ?? []);
  const parameters = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const path = pathname.split('/').map(decodeURIComponent).map(encode).join('/');
  const lines = signed.split(';').map((name) => `${name}:${name === 'host' ? host : headers?.[name]?.trim()}`);
  const payload = headers?.['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const canonical = [method, path, parameters.join('&'), ...lines, '', signed, payload].join('\n');
  const scope = credential.split('/').slice(1);
  const date = headers?.['x-amz-date'] ?? searchParams.get('X-Amz-Date');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), digest].join('\n')).toString('hex');
}

/** The signature that a request has. */
export function givenSignature({ url, headers }: Pick<Signed, 'url' | 'headers'>): string | null | undefined {
  if (headers === undefined) return new URL(url).searchParams.get('X-Amz-Signature');
  return /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
