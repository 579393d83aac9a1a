import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openRedis } from '../../../engine/store/redis.ts';
import { hideCredentials, parseRedisUrl } from '../../../engine/store/redis-url.ts';

const one = [{ host: 'h', port: 6379 }];
const two = [
  { host: 'a', port: 1 },
  { host: 'b', port: 2 },
];

test.each<[string, object]>([
  ['redis://h', { kind: 'single', isTls: false, nodes: one, credentials: {}, db: 0 }],
  ['rediss://u:p@h:6379/3', { isTls: true, nodes: one, credentials: { username: 'u', password: 'p' }, db: 3 }],
  ['redis+tls://:p@h', { kind: 'single', isTls: true, credentials: { password: 'p' } }],
  ['redis://:a:b:c@h', { credentials: { password: 'a:b:c' } }],
  ['redis://:p@ss@h', { credentials: { password: 'p@ss' } }],
  ['redis://:p%40%3A%2F%23%25@h', { credentials: { password: 'p@:/#%' } }],
  ['redis://h?password=p%40x&db=2', { credentials: { password: 'p@x' }, db: 2 }],
  ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
  [
    'redis+cluster://:x:y@[fd00::1]:7000,[fd00::2]:7001',
    {
      kind: 'cluster',
      credentials: { password: 'x:y' },
      nodes: [
        { host: 'fd00::1', port: 7000 },
        { host: 'fd00::2', port: 7001 },
      ],
    },
  ],
  [
    'redis+sentinel://u:p%2F@a:1,b:2/group/4',
    { kind: 'sentinel', nodes: two, credentials: { username: 'u', password: 'p/' }, group: 'group', db: 4 },
  ],
  ['redis+sentinel+tls://a:1,b:2', { kind: 'sentinel', isTls: true, nodes: two, group: 'mymaster' }],
  ['rediss+sentinel://a:1,b:2?sentinel_password=s', { isTls: true, sentinelCredentials: { sentinelPassword: 's' } }],
  ['rediss+cluster://a:1,b:2', { kind: 'cluster', isTls: true }],
])('reads %s', (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject(expected);
});

test.each([
  'redis://:sec/ret@h:6379',
  'redis://user:12/secret@h:6379',
  'redis://:sec#ret@h:6379',
  'redis://user:1#secret@h:6379',
  'redis://:sec?ret@h:6379',
  'redis://user:1?secret@h:6379',
  'redis://:secret%zz@h',
  'redis://h?passwort=secret',
  'redis://h/secret',
  'redis://h?secret',
  ':secret@h:6379',
  'secret',
  'http://:secret@h',
  'rediss+unix://:secret@h',
  'redis+cluster://:secret@h',
  'redis+cluster://:secret@a:1,b:2/3',
  'redis://:secret@a:1,b:2',
])('refuses %s, and shows nothing of it', (url) => {
  const failure = (() => {
    try {
      parseRedisUrl(url);
    } catch (error) {
      return error as { code: string; message: string; hint: string };
    }
    throw new Error('it was taken');
  })();

  expect(failure.code).toBe('ERR_CONFIG');
  expect(`${failure.message} ${failure.hint} ${hideCredentials(url)}`).not.toMatch(/secret|sec|ret/);
});

test.each([
  ['redis://u:p@ss@h:1/2?password=x', 'redis://h:1/2'],
  ['redis+sentinel://:a:b@a:1,b:2/g', 'redis+sentinel://a:1,b:2/g'],
])('shows %s as %s', (url, shown) => {
  expect(hideCredentials(url)).toBe(shown);
});

test.each(['redis+tls', 'rediss', 'redis+sentinel+tls', 'rediss+sentinel', 'redis+cluster+tls'])(
  'speaks TLS from the first byte under %s://',
  async (scheme) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => resolve(bytes[0]!));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const redis = openRedis(`${scheme}://:secret@127.0.0.1:${port}`, 'wait');
    onTestFinished(() => {
      redis.disconnect();
      server.close();
    });

    // A TLS record of the handshake.
    expect(await promise).toBe(0x16);
  },
);
