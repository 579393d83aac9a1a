import { expect, test } from 'vitest';
import { completeLinks } from '../../../engine/secrets/deferred-links.ts';
import { createLinkFilter, deferReceived } from '../../../engine/secrets/received-links.ts';
import { signLink } from '../../../engine/secrets/signed-links.ts';
import { testContext } from '../../context.ts';

const RUN = 'run_0mwr16d0f0zjb1srlvpfb';
const STEP = `${RUN}.ask`;
const WORKFLOW = 'wf_0mwr16d0f0zjb1srlvpfc';
const OTHERS_RUN = 'run_0mwr16d0f0zjb1srlvpfd';
const base64 = (value: string) => Buffer.from(value).toString('base64');

async function open() {
  const ctx = await testContext();
  await ctx.redis.hset(ctx.keys.run(RUN), 'run', JSON.stringify({ tenant: 'acme' }));
  await ctx.redis.hset(ctx.keys.run(OTHERS_RUN), 'run', JSON.stringify({ tenant: 'other' }));
  await ctx.redis.set(ctx.keys.object('workflow', WORKFLOW), JSON.stringify({ tenant: 'acme', url_generation: 3 }));
  return {
    ctx,
    approval: `https://penstock.example/approvals/${await signLink(ctx, 'approval', STEP)}`,
    webhook: `https://penstock.example/hooks/${await signLink(ctx, 'incoming_webhook', WORKFLOW, 3)}`,
    old: `https://penstock.example/hooks/${await signLink(ctx, 'incoming_webhook', WORKFLOW, 2)}`,
    others: `https://penstock.example/approvals/${await signLink(ctx, 'approval', OTHERS_RUN)}`,
  };
}

/** Forms in which a service may give a link back; those that are completed again where they leave. */
const FORMS: Record<string, (link: string) => string> = {
  'as it is': (link) => `Decide: ${link}.`,
  'JSON in JSON': (link) => JSON.stringify({ inner: JSON.stringify({ link }) }),
  'JSON with escaped slashes': (link) => JSON.stringify(link).replaceAll('/', '\\/'),
  'URL-encoded twice': (link) => encodeURIComponent(encodeURIComponent(link)),
  'URL-encoded in lower case': (link) =>
    encodeURIComponent(link).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  'the last part alone': (link) => link.slice(link.lastIndexOf('/') + 1),
  'after what looks like more of it': (link) => `x.${link.slice(link.lastIndexOf('/') + 1)}0a`,
  HTML: (link) => `<a href="${link}?a=1&amp;b=2">`,
  ...Object.fromEntries(
    ['', 'a', 'bb', 'é', '>>>???'].map((before) => [
      `base64 after "${before}"`,
      (link: string) => `${base64(`${before}${link} ~?`)} and more`,
    ]),
  ),
  base64url: (link) => `https://x.example/?d=${Buffer.from(`??>${link}`).toString('base64url')}&e=1`,
};
const HEX = (link: string) => Buffer.from(link).toString('hex');

test.each(Object.keys(FORMS))(
  'a link that a service gives back is stored deferred, and works where it leaves: %s',
  async (name) => {
    const { ctx, approval, webhook } = await open();
    const given = { [FORMS[name]!(approval)]: [{ webhook: FORMS[name]!(webhook) }], n: 12345678901234567890n };

    const stored = await deferReceived(ctx, 'acme', given);

    expect(JSON.stringify({ ...stored, n: '' })).toHaveLength(JSON.stringify({ ...given, n: '' }).length);
    expect(stored).not.toEqual(given);
    for (const link of [approval, webhook])
      for (const form of [link, base64(link)])
        expect(JSON.stringify({ ...stored, n: '' })).not.toContain(form.slice(-30));
    expect((await completeLinks(ctx, 'acme', stored)).value).toEqual(given);
    expect((await completeLinks(ctx, 'other', stored)).value).toEqual(stored);
  },
);

test("a link in hex, and one of another tenant's run, become useless", async () => {
  const { ctx, approval, others } = await open();

  for (const given of [HEX(approval), HEX(approval).toUpperCase(), others, base64(others)]) {
    const stored = await deferReceived(ctx, 'acme', given);
    expect(stored).not.toBe(given);
    expect(stored).toHaveLength(given.length);
    expect((await completeLinks(ctx, 'acme', stored)).value).toBe(stored);
  }
  expect(await deferReceived(ctx, 'acme', others)).toBe(others.replace(/[0-9a-f]{32}$/, '*'.repeat(32)));
});

test('what is no link that works is left as it is, the same value', async () => {
  const { ctx, approval, old } = await open();
  const signature = /[0-9a-f]{32}$/;
  const given = {
    wrong: approval.replace(signature, '0'.repeat(32)),
    short: approval.slice(0, -1),
    old,
    digest: `run_id.${'ab'.repeat(16)}`,
    text: 'run_job and wf_x',
  };

  expect(await deferReceived(ctx, 'acme', given)).toBe(given);
});

test('many texts that look like links are stored without their signatures, in time', async () => {
  const { ctx } = await open();
  const given = Array.from({ length: 3000 }, (_, i) => `${RUN}.${i}.${String(i).padStart(32, '0')}`);

  const stored = await deferReceived(ctx, 'acme', given);

  expect(stored.slice(0, 2000)).toEqual(given.slice(0, 2000));
  expect(stored[2500]).toBe(`${RUN}.2500.${'*'.repeat(32)}`);
});

test.each([1, 3, 7, 700, 5000, 100_000])('links are deferred in pieces of %d bytes, in every form', async (size) => {
  const { ctx, approval, webhook } = await open();
  const text = [...Object.values(FORMS), HEX]
    .map((form, i) => `${'é'.repeat(i * 97)} ${form(approval)} ${form(webhook)}`)
    .join('\n');
  const bytes = Buffer.from(text);
  const filter = createLinkFilter(ctx, 'acme');
  const written: Uint8Array[] = [];

  for (let at = 0; at < bytes.length; at += size) written.push(await filter.push(bytes.subarray(at, at + size)));
  written.push(await filter.end());

  const stored = Buffer.concat(written).toString();
  expect(stored).toBe(await deferReceived(ctx, 'acme', text));
  expect(stored).not.toBe(text);
});
