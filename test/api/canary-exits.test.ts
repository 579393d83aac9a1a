import { expect, test } from 'vitest';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { askEverywhere, askTheCli, filesIn } from './canary-ask.ts';
import { CANARIES, type Canary, formsOf, openWatched } from './canary-flows.ts';
import { type Used, useSecrets } from './canary-use.ts';
import { everythingIn } from './dump.ts';

type Api = Awaited<ReturnType<typeof openWatched>>;

test('no secret reaches an exit, whatever runs, fails, waits, is previewed, replayed or tested with it', {
  timeout: 240_000,
}, async () => {
  const api = await openWatched();
  const exits = new Map<string, string>();
  const deliveries = await startEndpoint();

  const ids = await useSecrets(api, deliveries.url);
  const opened = await sendMarkers(api, ids, exits);
  await askEverywhere(api, ids, exits);
  await askTheCli(api, ids, exits);
  exits.set('log', api.lines.join(''));
  exits.set('spans', api.spans.join('\n'));
  exits.set('Redis', await everythingIn(api.ctx));
  exits.set('webhook endpoint', JSON.stringify(deliveries.received.map(({ headers, body }) => [headers, body])));
  for (const [name, text] of await filesIn(api.ctx.config.dataFolder)) exits.set(`file ${name}`, text);

  const found: string[] = [];
  for (const [name, text] of exits)
    for (const [canary, secret] of Object.entries(CANARIES) as [Canary, string][])
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form);
        if (at >= 0) found.push(`${canary} in ${name}: …${text.slice(Math.max(0, at - 150), at + 60)}`);
      }
  expect(found).toEqual([]);
  // They were used, each where it should be.
  const seen = api.seenByMirror.join('\n');
  const { endpoint: _signsOnly, ...sent } = CANARIES;
  for (const secret of Object.values(sent)) expect(seen).toContain(secret);
  // A marker is data: it was sent as it is, in each way, and nowhere with what it seals.
  expect(opened.join('').match(/\$sealed/g)!.length).toBeGreaterThan(8);
  expect(exits.get('log')).toContain('request answered');
  expect(exits.get('spans')!.length).toBeGreaterThan(1000);
  expect(deliveries.received.length).toBeGreaterThan(0);
  expect(exits.size).toBeGreaterThan(300);
});

/** Sends texts that the engine sealed, taken from Redis, wherever JSON is taken. Gives what a service got of it. */
async function sendMarkers(api: Api, ids: Used, exits: Map<string, string>) {
  const { send } = api;
  const endpoint = await startEndpoint();
  const [all, , , polled] = ids.workflows;
  const sealed = new Set((await everythingIn(api.ctx)).match(/s1\.[\w-]+\.[\w-]{40,}/g));
  expect(sealed.size).toBeGreaterThan(5);
  const { url } = endpoint;
  const wait = { prefer: 'wait=20' };
  const { body: teller } = await send('POST', '/v1/workflows', {
    body: {
      name: 'teller',
      trigger: { id: 'core.manual' },
      variables: { marker: [...sealed][0] },
      steps: [{ id: 'tell', action: 'core.webhook', input: { url, body: { trigger: '{{ trigger }}' } } }],
    },
  });
  const tell = (body: unknown) => ({ action: 'core.webhook', input: { url, headers: { 'x-key': 'k' }, body } });
  const { body: told } = await send('POST', '/v1/runs', { body: tell({ n: 1 }), headers: wait });
  for (const text of [...sealed].slice(0, 8)) {
    const marker = { $sealed: text };
    const bodies: [method: string, path: string, body: object][] = [
      ['POST', '/v1/runs', tell(marker)],
      ['POST', '/v1/runs', { ...tell(marker), sealed_input: text }],
      ['POST', '/v1/runs', { action: 'core.transform', input: { value: marker, $sealed: text } }],
      ['POST', `/v1/runs/${told.id}/replay`, { input: { url, body: { marker } } }],
      ['POST', `/v1/runs/${ids.failed}/replay`, { input: marker }],
      ['POST', `/v1/workflows/${teller.id}/run`, { input: { marker } }],
      ['POST', `/v1/workflows/${all}/test_step`, { step: 'posted', input: { url, body: { marker } } }],
      ['POST', `/v1/workflows/${all}/test_step`, { step: 'passed', trigger: marker, outputs: { mirrored: marker } }],
      ['POST', `/v1/workflows/${teller.id}/test_step`, { step: 'tell', trigger: { marker } }],
      ['POST', '/v1/workflows', { name: `m${Math.random()}`, trigger: { id: 'core.manual' }, secrets: marker, sealed: text, steps: [] }],
      ['PUT', `/v1/workflows/${teller.id}/draft`, { name: 'teller', sealed: text, variables: marker, steps: [{ id: 'a', action: 'core.transform', input: marker }] }],
      ['POST', '/v1/workflows/check', { name: 'x', trigger: { id: 'core.manual' }, secrets: marker, steps: [{ id: 'a', action: 'core.transform', input: { value: marker } }] }],
      ['POST', '/v1/expressions/preview', { expression: '$', scope: { secrets: marker, steps: { a: marker } } }],
      ['PUT', `/v1/workflows/${polled}/cursor`, { position: marker }],
      ['POST', `/v1/linked_accounts/mirror/pause`, { reason: text }],
      ['POST', '/v1/runs/replay', { filter: { workflow: text } }],
      ['PATCH', '/v1/tenant', { name: marker }],
    ]; // biome-ignore format: a table
    for (const [method, path, body] of bodies) {
      const answer = await send(method, path, { body, headers: wait });
      exits.set(`marker ${text.slice(0, 20)} ${method} ${path} ${exits.size}`, answer.text);
    }
    await send('POST', '/v1/linked_accounts/mirror/resume');
  }
  const comment = [...sealed].join(' ').slice(0, 500);
  await send('POST', `/v1/runs/${ids.run}.ask/approve`, { body: { comment }, headers: wait });
  const bodies = endpoint.received.map(({ headers, body }) => JSON.stringify(headers) + body);
  exits.set('endpoint of markers', bodies.join('\n'));
  return bodies;
}
