import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { receiveInParts, sendInParts } from '../../../engine/expression-threads/parts.ts';

const { port1, port2 } = new MessageChannel();
const messages: unknown[] = [];
receiveInParts(port1, (message) => messages.push(message));
let parts = 0;
receiveInParts(port2, () => {});
port1.on('message', (message) => {
  if ('part' in message) parts++;
});
afterEach(() => {
  parts = 0;
  messages.length = 0;
});

async function sent(message: unknown): Promise<unknown> {
  await sendInParts(port2, message);
  while (messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return messages.shift();
}

const LONG = Array.from({ length: 20_000 }, (_, n) => ({ n, text: `row ${n}` }));

test.each<[string, unknown]>([
  ['a small message', { values: [1, 'a', null, { b: [1n] }] }],
  ['a list as the whole', LONG],
  ['lists inside objects and short lists', { a: { rows: LONG, other: 1 }, b: [[1], LONG, { c: LONG }] }],
  ['a field named __proto__', JSON.parse('{"__proto__": {"a": 1}, "b": [1]}')],
  ['a list with nothing in it', { list: new Array(5_000_000) }],
])('%s arrives as it was sent', async (_, message) => {
  expect(await sent(message)).toEqual(message);
});

test('a long list comes in parts, and what is sent stays as it was', async () => {
  const message = { a: { rows: LONG } };

  await sent(message);

  expect(parts).toBeGreaterThan(5);
  expect(message.a.rows).toBe(LONG);
});

test('a short message is one', async () => {
  await sent({ rows: LONG.slice(0, 100) });

  expect(parts).toBe(0);
});
