import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import { atService } from './client.ts';
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
  const { bucket, method, expires_seconds: expiresIn } = call.input as PresignInput;
  return atService(io, { action, purpose: 'start', timeoutMs: TIMEOUT_MS }, async ({ sdk, client }) => {
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const target = { Bucket: bucket, Key: checkedKey(call.input as PresignInput) };
    const command = method === 'PUT' ? new sdk.PutObjectCommand(target) : new sdk.GetObjectCommand(target);
    const signingDate = new Date(io.now());
    const url = await getSignedUrl(client, command, { expiresIn, signingDate });
    const expires_at = new Date(signingDate.getTime() + expiresIn * 1000).toISOString();
    return { kind: 'done', output: { url, method, expires_at } };
  });
}
