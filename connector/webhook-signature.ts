import { createHmac } from 'node:crypto';

/** The `webhook-signature` of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, with the key after `whsec_`. */
export function signWebhook(secret: string, message: { id: string; timestamp: number; body: string }): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const content = `${message.id}.${message.timestamp}.${message.body}`;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}
