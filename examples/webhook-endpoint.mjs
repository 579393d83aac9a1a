/**
 * A webhook endpoint for the action core.webhook and all examples: verifies the signature (Standard Webhooks), ignores repeated events, prints the others.
 * Runs on any Node from 18: node examples/webhook-endpoint.mjs
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const PORT = Number(process.env.RECEIVER_PORT ?? 4000);
/** The secret in the examples. */
const SECRET = process.env.RECEIVER_SECRET || 'whsec_ZXhhbXBsZSBzZWNyZXQgb2YgMzIgYnl0ZXMsIG9ubHk=';
/** Older messages may be ones that somebody has recorded. */
const MAX_AGE_SECONDS = 300;

const seen = new Set();

const server = createServer(async (request, response) => {
  const body = await text(request);
  const id = request.headers['webhook-id'];
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end('wrong signature');
  // A delivery whose answer was lost comes again with the same id.
  if (!seen.has(id)) {
    seen.add(id);
    const message = JSON.parse(body);
    const { rows } = message;
    const text = rows?.length
      ? `${rows.length} rows, the last one ${JSON.stringify(rows.at(-1).data)}`
      : JSON.stringify(message);
    console.log(`${request.url} ${id}: ${text}`);
  }
  response.writeHead(204).end();
});
server.listen(PORT, '127.0.0.1', () => console.log(`Waiting on http://127.0.0.1:${server.address().port}`));

function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > MAX_AGE_SECONDS) return false;
  const key = Buffer.from(SECRET.replace(/^whsec_/, ''), 'base64');
  const wanted = Buffer.from(createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'));
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''));
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
