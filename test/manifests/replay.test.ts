import { describe, expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../emulator/server.ts';
import { useEmulator } from '../actions/harness.ts';
import { startOrdersApi } from '../services/http/orders-api.ts';
import { openSlack, TOKEN } from '../services/slack/workspace.ts';
import { shippedManifests } from '../shipped-manifests.ts';
import { replayExample, textOf } from './replay.ts';

const manifests = await shippedManifests();

/** What answers the requests of a connector. The actions of `core` are the engine's own: test/engine runs them. */
const SERVERS: { [connector: string]: 'emulator' | 'engine' | 'orders' | 'slack' | 'test/services' } = {
  databricks: 'emulator',
  core: 'engine',
  http: 'orders',
  slack: 'slack',
  github: 'test/services',
  postgres: 'test/services',
  s3: 'test/services',
};

/** Samples take two seconds to load, and no example changes them: all that read them share one emulator. */
const withSamples = useEmulator({ samples: 'small', sampleRows: 1000 });

const examplesOn = (server: string) =>
  [...manifests.actions.values()]
    .filter(({ connector }) => SERVERS[connector.id] === server)
    .flatMap(({ id, manifest }) => manifest.examples.map((example) => ({ id, title: example.title, example })));

describe('replays its examples:', () => {
  test.each(examplesOn('emulator'))('$id: $title', { timeout: 30_000 }, async ({ id, example }) => {
    const readsSamples = /"samples\b|\bsamples\./.test(textOf(manifests, example));
    const emulator = readsSamples ? withSamples() : await createEmulator({ samples: 'none', transitionMs: 20 });
    if (!readsSamples) onTestFinished(() => emulator.close());

    await replayExample({ manifests, emulator }, id, example);
  });

  test.each(examplesOn('slack'))('$id: $title', async ({ id, example }) => {
    const { url } = await openSlack();

    await replayExample({ manifests, emulator: { url, token: TOKEN, accountId: '' } }, id, example);
  });

  test.each(examplesOn('orders'))('$id: $title', async ({ id, example }) => {
    const { origin } = await startOrdersApi();

    await replayExample({ manifests, emulator: { url: `${origin}/v1`, token: 'token', accountId: '' } }, id, example);
  });
});

test('each connector has something that its examples are replayed on', () => {
  expect([...manifests.connectors.keys()].filter((id) => SERVERS[id] === undefined)).toEqual([]);
});
