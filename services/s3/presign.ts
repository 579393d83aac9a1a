import { SignatureV4 } from '@smithy/signature-v4';
import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import { atService } from './client.ts';
import { encode, encodeQuery } from './encode.ts';
import { checkedKey } from './keys.ts';

interface PresignInput {
  bucket: string;
  key: string;
  method: 'GET' | 'PUT';
  expires_seconds: number;
}

const TIMEOUT_MS = 10_000;

/** A URL with which anyone can read or write an object until it expires (Signature Version 4 in the query). Nothing is asked of the service. */
export function advancePresign(action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const { bucket, key, method, expires_seconds: expiresIn } = call.input as PresignInput;
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async ({ client }, access) => {
    checkedKey({ key });
    const { credentials, region, sha256, forcePathStyle } = client.config;
    const { protocol, hostname: server, port } = new URL(access.origin);
    // As the SDK does: no certificate is for a name with further dots.
    const isPath = forcePathStyle === true || bucket.includes('.');
    const hostname = isPath ? server : `${bucket}.${server}`;
    const host = port === '' ? hostname : `${hostname}:${port}`;
    const path = `/${isPath ? `${encode(bucket)}/` : ''}${key.split('/').map(encode).join('/')}`;
    const signer = new SignatureV4({ service: 's3', region, credentials, sha256, uriEscapePath: false });
    const signingDate = new Date(io.now());
    const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const request = {
      method,
      protocol,
      hostname,
      path,
      query: {},
      headers,
      ...(port === '' ? {} : { port: Number(port) }),
    };
    const { query = {} } = await signer.presign(request as never, { expiresIn, signingDate });
    const url = `${protocol}//${host}${path}?${encodeQuery(query)}`;
    const expires_at = new Date(signingDate.getTime() + expiresIn * 1000).toISOString();
    return { kind: 'done', output: { url, method, expires_at } };
  });
}
