import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { completeStream } from '../../../engine/secrets/complete-stream.ts';
import { completeLinks, deferLink } from '../../../engine/secrets/deferred-links.ts';
import { signLink } from '../../../engine/secrets/signed-links.ts';
import { testContext } from '../../context.ts';

const ID = 'run_0mwr16d0f0zjb1srlvpfb.ask';
const base64 = (value: string) => Buffer.from(value).toString('base64');
const base64url = (value: string) => Buffer.from(value).toString('base64url');
/** Forms in which a link leaves, each as a text of the link. */
const FORMS: Record<string, (link: string) => string> = {
  plain: (link) => `see ${link}!`,
  'JSON in JSON': (link) => JSON.stringify({ inner: JSON.stringify({ link }) }),
  'URL-encoded twice': (link) => encodeURIComponent(encodeURIComponent(link)),
  'a property name': (link) => link,
  ...Object.fromEntries(
    ['', 'a', 'bb', 'é', '>>>???'].flatMap((before) =>
      ['', 'z', 'yy', '~?'].flatMap((after) => [
        [`base64 of "${before}" + link + "${after}"`, (link: string) => base64(before + link + after)],
        [`base64url of "${before}" + link + "${after}"`, (link: string) => base64url(before + link + after)],
      ]),
    ),
  ),
  'base64 in a query': (link) => `https://x.example/?d=${base64(link)}`,
  'base64url in a query among others': (link) => `https://x.example/?data=${base64url(link)}&next=1`,
  'base64url in a path': (link) => `https://x.example/path/${base64url(link)}/more`,
  'base64 in a data URL': (link) => `data:text/plain;base64,${base64(link)}`,
  'two in one base64': (link) => base64(`${link} ${link}`),
  'Basic credentials': (link) => `Basic ${base64(`user:${link}`)}`,
};

test.each(Object.keys(FORMS))('a link is completed where it leaves: %s', async (name) => {
  const { ctx, deferred, signed } = await openLinks();
  const form = FORMS[name]!;

  const { value, links } = await completeLinks(ctx, 'acme', { [form(deferred)]: [form(deferred)] });

  expect(value).toEqual({ [form(signed)]: [form(signed)] });
  expect(links).toEqual([signed]);
});

test.each([1, 3, 7, 700, 5000])(
  'links are completed in a stream of pieces of %d bytes, in every form',
  async (size) => {
    const { ctx, deferred, signed } = await openLinks();
    const filled = (link: string) =>
      Object.values(FORMS)
        .map((form, i) => `${'é'.repeat(i * 97)} ${form(link)}`)
        .join('\n');
    const bytes = Buffer.from(filled(deferred));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );

    const completed = await completeStream(ctx, 'acme', Readable.from(pieces), () => {});

    expect(await text(completed)).toBe(filled(signed));
  },
);

test('a link of another tenant is not completed', async () => {
  const { ctx, deferred } = await openLinks();

  const { value, links } = await completeLinks(ctx, 'other', deferred);
  const streamed = await text(await completeStream(ctx, 'other', Readable.from([Buffer.from(deferred)]), () => {}));

  expect([value, streamed]).toEqual([deferred, deferred]);
  expect(links).toEqual([]);
});

async function openLinks() {
  const ctx = await testContext();
  return { ctx, deferred: await deferLink(ctx, 'acme', ID), signed: await signLink(ctx, 'approval', ID) };
}
