import { expect, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { openSource } from '../../../triggers/open-source.ts';
import type { Position } from '../../../triggers/position.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { shippedManifests } from '../../shipped-manifests.ts';

const STARTED_MS = 1_767_323_045_500;
const STARTED = '1767323045';
const ts = (second: number) => `${Number(STARTED) + second}.000100`;

/** A channel as `conversations.history` shows it: from new to old, after `oldest`, in pages. */
async function startChannel() {
  const messages: { ts: string; text: string }[] = [];
  const asked: (string | null)[] = [];
  const server = await startHttpServer(async (request, response) => {
    const form = new URLSearchParams((await readBody(request)).toString());
    asked.push(form.get('oldest'));
    const after = messages.filter((each) => Number(each.ts) > Number(form.get('oldest') ?? 0)).toReversed();
    const from = Number(form.get('cursor') ?? 0);
    const to = from + Number(form.get('limit'));
    const next_cursor = to < after.length ? String(to) : '';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ok: true, messages: after.slice(from, to), response_metadata: { next_cursor } }));
  });
  return { messages, asked, origin: server.origin };
}

async function open(given: JsonObject = {}) {
  const channel = await startChannel();
  const trigger = (await shippedManifests()).triggers.get('slack.new_message')!;
  const input = trigger.input.check({ channel: 'C1', ...given }, 'the input') as JsonObject;
  const source = openSource(trigger, input);
  const action = await actionOf('slack.list_messages');
  const poll = (position: Position | null) => ({ input, position, memory: null, now: STARTED_MS, owner: 'wf' });
  const look = async (position: Position | null) => {
    const asked = source.ask(poll(position)).input;
    const { output } = await runToEnd(action, callOf(action, asked), openBench({ url: channel.origin }));
    return source.read(poll(position), output);
  };
  return { ...channel, source, poll, look };
}

const texts = (page: { events: { data: unknown }[] }) => page.events.map(({ data }) => (data as { text: string }).text);

test('emits what was posted since the last check, from old to new, in batches', async () => {
  const { messages, asked, look } = await open({ page_size: 2 });
  messages.push({ ts: ts(-1), text: 'before' });

  const start = await look(null);
  messages.push(...[1, 2, 3, 4, 5].map((second) => ({ ts: ts(second), text: String(second) })));
  const first = await look(start.to);
  const second = await look(first.to);
  const third = await look(second.to);
  const last = await look(third.to);

  expect(start).toMatchObject({ events: [], to: { value: STARTED, key: null }, more: false });
  expect([first, second, third].map(texts)).toEqual([['1', '2'], ['3', '4'], ['5']]);
  expect([first, second, third].map(({ more }) => more)).toEqual([true, true, false]);
  expect(last).toMatchObject({ events: [], to: null, more: false });
  expect(asked).toEqual([STARTED, STARTED, ts(2), ts(4), ts(5)]);
});

test('reads all pages before it begins with the oldest message', async () => {
  const { messages, look } = await open({ page_size: 300 });
  messages.push(...Array.from({ length: 250 }, (_, index) => ({ ts: ts(index + 1), text: String(index) })));

  const found = await look({ value: STARTED, key: null });

  expect(texts(found)).toEqual(Array.from({ length: 250 }, (_, index) => String(index)));
  expect(new Set(found.events.map(({ id }) => id)).size).toBe(250);
});

test('fails instead of passing over the oldest messages when there are too many', async () => {
  const { source, poll } = await open();

  expect(() => source.read(poll(null), { messages: [{ ts: ts(9) }], more: true })).toThrow(
    expect.objectContaining({ code: 'ERR_CURSOR_COLUMN', message: expect.stringContaining('never be delivered') }),
  );
});
