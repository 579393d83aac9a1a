import { expect, test } from 'vitest';
import { openCli } from './cli.ts';

test('link prints a URL that signs one browser in', async () => {
  const { penstock, env } = await openCli();

  const made = await penstock(['link']);
  const link = new URL(made.out.trim()).hash.replace('#link=', '');
  const body = JSON.stringify({ link });
  const headers = { 'content-type': 'application/json' };
  const signedIn = await fetch(`${env.PENSTOCK_URL}/v1/session`, { method: 'POST', headers, body });

  expect(made).toMatchObject({ code: 0, err: expect.stringMatching(/^Single-use sign-in link, valid until /) });
  expect(made.out).toMatch(/^http\S+\/app\/login#link=\S+\n$/);
  expect(signedIn.status).toBe(201);
});

test('api-keys update changes the role, and says which options there are when none is given', async () => {
  const { penstock } = await openCli();
  const id = /\((key_\w+)\)/.exec((await penstock(['api-keys', 'create', 'person'])).err)![1]!;

  const changed = await penstock(['api-keys', 'update', id, '--role', 'operator', '--name', 'Ada']);
  const nothing = await penstock(['api-keys', 'update', id]);

  expect(changed).toMatchObject({ code: 0, out: `Ada (${id}) has the role operator.\n` });
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('pass --name, --role, or both') });
});
