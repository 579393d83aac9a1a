import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { WebhookManifest } from '../../connector/manifest.ts';
import { challengeOf, checkDelivery, identityOf, isWanted } from '../../connector/signed-delivery.ts';

/** As GitHub signs: the body alone (docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). */
const OF_BODY: WebhookManifest = {
  signature: {
    algorithm: 'sha256',
    secret: 'secret',
    header: 'x-hub-signature-256',
    prefix: 'sha256=',
    encoding: 'hex',
    content: '{body}',
  },
  delivery_id: { header: 'x-github-delivery' },
  accept: { header: 'x-github-event', values: '$input.events' },
};
/** As Slack signs: version, time and body (api.slack.com/authentication/verifying-requests-from-slack). */
const OF_TIME: WebhookManifest = {
  signature: {
    algorithm: 'sha256',
    secret: 'signing_secret',
    header: 'x-slack-signature',
    prefix: 'v0=',
    encoding: 'hex',
    content: 'v0:{timestamp}:{body}',
  },
  timestamp: { header: 'x-slack-request-timestamp', tolerance_seconds: 300 },
  delivery_id: { body: 'event_id' },
  challenge: { when: { type: ['url_verification'] }, answer: 'challenge' },
};
const NOW = 1_531_420_618_000;

test('takes the example of GitHub’s documentation', () => {
  const headers = { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' };

  expect(() =>
    checkDelivery(OF_BODY, { headers, body: 'Hello, World!' }, { secret: "It's a Secret to Everybody", now: NOW }),
  ).not.toThrow();
});

test('takes the example of Slack’s documentation', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };

  expect(() =>
    checkDelivery(OF_TIME, { headers, body }, { secret: '8f742231b10e8888abcd99yyyzzz85a5', now: NOW }),
  ).not.toThrow();
});

const timed = (body: string, at: string, secret = 's') => ({
  'x-slack-request-timestamp': at,
  'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
});
const at = String(NOW / 1000);

test.each([
  ['no signature', { 'x-slack-request-timestamp': at }, 'has no x-slack-signature'],
  ['an empty signature', { ...timed('{}', at), 'x-slack-signature': '' }, 'invalid signature'],
  ['a wrong secret', timed('{}', at, 'other'), 'invalid signature'],
  ['another body', timed('{ }', at), 'invalid signature'],
  ['the signature twice', { ...timed('{}', at), 'x-slack-signature': 'v0=a, v0=b' }, 'invalid signature'],
  ['no time', { 'x-slack-signature': timed('{}', at)['x-slack-signature'] }, 'has no time'],
  ['a time that is none', timed('{}', '1e9'), 'has no time'],
  ['a time of another request', { ...timed('{}', at), 'x-slack-request-timestamp': String(Number(at) + 1) }, 'invalid'],
  ['an old time', timed('{}', String(Number(at) - 301)), 'too old'],
  ['a time to come', timed('{}', String(Number(at) + 301)), 'too old or in the future'],
])('refuses %s', (_what, headers, words) => {
  expect(() => checkDelivery(OF_TIME, { headers, body: '{}' }, { secret: 's', now: NOW })).toThrow(words);
});

test('a body that says "{timestamp}" is signed as it is', () => {
  const body = '{"text":"{timestamp}{body}"}';

  expect(() => checkDelivery(OF_TIME, { headers: timed(body, at), body }, { secret: 's', now: NOW })).not.toThrow();
});

test('answers a challenge, and nothing that only looks like one', () => {
  expect(challengeOf(OF_TIME, { type: 'url_verification', challenge: 'abc' })).toBe('abc');
  expect(challengeOf(OF_TIME, { type: 'event_callback', challenge: 'abc' })).toBeUndefined();
  expect(challengeOf(OF_TIME, { type: 'url_verification', challenge: { a: 1 } })).toBeUndefined();
  expect(challengeOf(OF_TIME, { type: 'url_verification', challenge: 'a'.repeat(1001) })).toBeUndefined();
  expect(challengeOf(OF_BODY, { type: 'url_verification', challenge: 'abc' })).toBeUndefined();
});

test('knows a repeat by its id', () => {
  const signed = { 'x-hub-signature-256': 'sha256=aa', 'x-github-delivery': 'd1' };

  expect(identityOf(OF_TIME, { headers: timed('', at), body: '' }, { event_id: 'Ev1' })).toEqual({
    id: 'Ev1',
    key: 'Ev1',
  });
  expect(identityOf(OF_BODY, { headers: signed, body: '' }, {})).toEqual({
    id: 'd1',
    key: 'd1',
    replayable: 'sha256=aa',
  });
});

test.each([[undefined], ['']])('knows a repeat without an id (%j) by its signature', (given) => {
  const signed = { 'x-hub-signature-256': 'sha256=aa', ...(given === undefined ? {} : { 'x-github-delivery': given }) };

  expect(identityOf(OF_BODY, { headers: signed, body: '' }, {})).toMatchObject({ id: undefined, key: 'sha256=aa' });
  expect(identityOf(OF_TIME, { headers: timed('', at), body: '' }, { event_id: given })).toEqual({
    id: undefined,
    key: timed('', at)['x-slack-signature'],
    replayable: undefined,
  });
});

test('wants the events of the input, or all', () => {
  const delivery = { headers: { 'x-github-event': 'push' }, body: '' };

  expect(isWanted(OF_BODY, delivery, {})).toBe(true);
  expect(isWanted(OF_BODY, delivery, { events: ['push'] })).toBe(true);
  expect(isWanted(OF_BODY, delivery, { events: ['issues'] })).toBe(false);
  expect(isWanted(OF_TIME, delivery, { events: ['issues'] })).toBe(true);
});

test('wants the events that the manifest lists, whatever the input says', () => {
  const listed = { ...OF_BODY, accept: { header: 'x-github-event', values: ['push'] } };
  const of = (event: string) => ({ headers: { 'x-github-event': event }, body: '' });

  expect(isWanted(listed, of('push'), { events: ['issues'] })).toBe(true);
  expect(isWanted(listed, of('issues'), { events: ['issues'] })).toBe(false);
  expect(isWanted(listed, { headers: {}, body: '' }, {})).toBe(false);
});
