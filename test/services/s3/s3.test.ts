import { describe, expect, onTestFinished, test } from 'vitest';
import type { Access } from '../../../connector/access.ts';
import { loadManifests } from '../../../connector/load-manifests.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { SERVICES } from '../../../services/registry.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { everythingIn } from '../../api/dump.ts';
import { testContext, until } from '../../context.ts';
import { flowsOf } from '../../engine/flows.ts';
import { replayExample } from '../../manifests/replay.ts';
import { ended } from '../../workspace.ts';
import { KEYS, openS3, startSts } from './server.ts';

const manifests = await loadManifests(new URL('../../../manifests/', import.meta.url), { services: SERVICES });
const examples = [...manifests.actions.values()]
  .filter(({ connector }) => connector.id === 's3')
  .flatMap(({ id, manifest }) => manifest.examples.map((example) => ({ id, title: example.title, example })));
const MIB = 1024 * 1024;

async function run(access: Access, name: string, input: object, bench = openBench({ url: '', login: access })) {
  const action = await actionOf(`s3.${name}`);
  const { output } = await runToEnd(action, callOf(action, input), bench);
  return { output: output as Record<string, unknown>, bench };
}

describe('replays its examples:', () => {
  test.each(examples)('$id: $title', async ({ id, example }) => {
    const { access } = await openS3();

    await replayExample({ manifests, emulator: { url: '', token: '', accountId: '', login: access } }, id, example);
  });
});

test('an artifact goes into a bucket in parts, and comes back as it was', async () => {
  const { access, requests } = await openS3();
  const bench = openBench({ url: '', login: access });
  const sink = await bench.io.openArtifact({ mediaType: 'text/plain' });
  for (let piece = 0; piece < 20; piece += 1) await sink.write(Buffer.alloc(MIB, piece));
  await sink.close();
  const put = await run(
    access,
    'put_object',
    { bucket: 'results', key: 'a/b c+é.bin', artifact: 'art_1' },
    {
      ...bench,
      io: { ...bench.io, sendArtifact: () => bench.io.sendArtifact(sink.id) },
    },
  );
  const parts = requests.filter(({ url = '' }) => url.includes('partNumber='));
  const got = await run(access, 'get_object', { bucket: 'results', key: 'a/b c+é.bin' }, bench);

  expect(put.output).toMatchObject({ bytes: 20 * MIB });
  expect(parts).toHaveLength(3);
  const { id } = got.output.artifact as { id: string };
  expect(bench.artifact(id).equals(bench.artifact(sink.id))).toBe(true);
});

test('an upload that fails is given up', async () => {
  const aborted: string[] = [];
  const { access } = await openS3(({ method, url = '' }, response) => {
    if (method === 'DELETE' && url.includes('uploadId=')) aborted.push(url);
    if (!url.includes('partNumber=2')) return false;
    response
      .writeHead(503)
      .end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
    return true;
  });
  const rows = [{ text: 'x'.repeat(10 * MIB) }];

  await expect(run(access, 'put_object', { bucket: 'results', key: 'k', rows })).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    kind: 'rate_limit',
    upstream: { status: 503, error_code: 'SlowDown' },
  });
  expect(aborted).toHaveLength(1);
  expect((await run(access, 'list_objects', { bucket: 'results' })).output.objects).toEqual([]);
});

test.each([
  ['an empty text', { content: '' }, ''],
  ['a text', { content: 'é' }, 'é'],
  ['bytes', { content_base64: 'AQI=' }, '\x01\x02'],
  ['no rows', { rows: [] }, ''],
])('writes %s', async (_, content, text) => {
  const { access } = await openS3();
  await run(access, 'put_object', { bucket: 'results', key: 'k', metadata: { by: 'test' }, ...content });
  const { output, bench } = await run(access, 'get_object', { bucket: 'results', key: 'k' });

  expect(bench.artifact((output.artifact as { id: string }).id).toString()).toBe(text);
  expect(output.metadata).toEqual({ by: 'test' });
});

test('lists from a key, and folders', async () => {
  const { access } = await openS3();
  for (const key of ['a/1', 'a/2', 'b', 'c']) await run(access, 'put_object', { bucket: 'results', key, content: key });

  const keysOf = (output: Record<string, unknown>) => (output.objects as { key: string }[]).map(({ key }) => key);
  const rest = (await run(access, 'list_objects', { bucket: 'results', start_after: 'a/2' })).output;
  const folders = (await run(access, 'list_objects', { bucket: 'results', delimiter: '/' })).output;

  expect([keysOf(rest), rest.more]).toEqual([['b', 'c'], false]);
  expect([keysOf(folders), folders.prefixes]).toEqual([['b', 'c'], ['a/']]);
});

test('lists page after page up to the limit, and says whether there is more', async () => {
  // `s3rver` makes its tokens with a cipher that Node 24 no longer has.
  const asked: (string | null)[] = [];
  const { access } = await openS3((request, response) => {
    const query = new URL(request.url!, 'http://x').searchParams;
    const token = query.get('continuation-token');
    asked.push(`${token} ${query.get('max-keys')}`);
    const keys = token === null ? ['a', 'b'] : ['c'];
    const contents = keys.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>`,
    );
    const next =
      token === 't/2' ? '' : `<NextContinuationToken>${token === null ? 't+1' : 't/2'}</NextContinuationToken>`;
    const xml = `<ListBucketResult><Name>results</Name><IsTruncated>${next !== ''}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
    response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${xml}`);
    return true;
  });

  const all = (await run(access, 'list_objects', { bucket: 'results' })).output;
  const some = (await run(access, 'list_objects', { bucket: 'results', max_items: 3 })).output;

  expect([(all.objects as object[]).length, all.more]).toEqual([4, false]);
  expect([(some.objects as object[]).length, some.more]).toEqual([3, true]);
  expect(asked).toEqual(['null 1000', 't+1 998', 't/2 997', 'null 3', 't+1 1']);
});

test('a pre-signed URL reads and writes without keys', async () => {
  const { access } = await openS3();
  const input = { bucket: 'results', key: 'a b/é+.txt' };
  const put = (await run(access, 'presign_url', { ...input, method: 'PUT' })).output;
  const written = await fetch(String(put.url), { method: 'PUT', body: 'hello' });
  const get = (await run(access, 'presign_url', { ...input, expires_seconds: 60 })).output;
  const read = await fetch(String(get.url));

  expect([written.status, read.status, await read.text()]).toEqual([200, 200, 'hello']);
});

test.each([
  [
    'a bucket that is not there',
    { bucket: 'nope', key: 'k' },
    { kind: 'not_found', upstream: { error_code: 'NoSuchBucket' } },
  ],
  [
    'an object that is not there',
    { bucket: 'results', key: 'nope' },
    { kind: 'not_found', upstream: { error_code: 'NoSuchKey' } },
  ],
])('%s', async (_, input, failure) => {
  const { access } = await openS3();

  await expect(run(access, 'get_object', input)).rejects.toMatchObject(failure);
});

test.each(['put_object', 'get_object', 'delete_object', 'presign_url'])(
  '%s refuses a key that a URL would change',
  async (name) => {
    const { access } = await openS3();
    const content = name === 'put_object' ? { content: '' } : {};

    await expect(run(access, name, { bucket: 'results', key: 'a/../b', ...content })).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
      errors: [{ pointer: '/key' }],
    });
  },
);

test('a service that cannot be reached, and one that answers no XML', async () => {
  const { access } = await openS3((_request, response) => {
    response.writeHead(200).end('<html>Sign in');
    return true;
  });

  await expect(run(access, 'list_objects', { bucket: 'results' })).rejects.toMatchObject({
    code: 'ERR_RESPONSE_INVALID',
  });
  await expect(
    run({ ...access, origin: 'http://127.0.0.1:9' }, 'list_objects', { bucket: 'results' }),
  ).rejects.toMatchObject({
    code: 'ERR_NOT_SENT',
  });
});

test('the end of an upload that answers 200 with an error inside is no success', async () => {
  const { access } = await openS3(({ method, url = '' }, response) => {
    if (method !== 'POST' || !url.includes('uploadId=')) return false;
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>Please try again.</Message></Error>');
    return true;
  });
  const rows = [{ text: 'x'.repeat(10 * MIB) }];

  await expect(run(access, 'put_object', { bucket: 'results', key: 'k', rows })).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    kind: 'temporary',
    upstream: { error_code: 'InternalError' },
  });
});

test.each<[number, Record<string, string>, object]>([
  [401, { 'www-authenticate': 'Basic realm="Sign in"' }, { code: 'ERR_AUTH_FAILED', kind: 'auth' }],
  [502, {}, { code: 'ERR_UPSTREAM', kind: 'temporary' }],
  [429, { 'retry-after': '7' }, { code: 'ERR_UPSTREAM', kind: 'rate_limit', retryAfterMs: 7000 }],
  [503, { 'retry-after': '7' }, { code: 'ERR_UPSTREAM', retryAfterMs: 7000 }],
])('a web page with %i %j', async (status, headers, failure) => {
  const { access } = await openS3((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html><body>Sign in</body></html>');
    return true;
  });

  await expect(run(access, 'list_objects', { bucket: 'results' })).rejects.toMatchObject(failure);
});

/** A linked account and a worker. */
async function open(origin: string, authentication: object, fields: object = {}) {
  const ctx = await testContext();
  const linked = createLinkedAccount(ctx, engineActor('default'), {
    name: 'bucket',
    connector: 's3',
    endpoint: origin,
    ...fields,
    authentication,
  });
  const { id: account } = await linked;
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const request = (action: string, input: object) => ({
    request: { action: `s3.${action}`, linked_account: account, input },
  });
  return {
    ctx,
    account,
    run: async (action: string, input: object) =>
      ended(ctx, (await submitAction(ctx, 'default', request(action, input))).id),
  };
}

test('a key that the service does not know is refused, with no word of the secret', async () => {
  const { origin } = await openS3();
  const wrong = { kind: 'access_key', access_key_id: 'AKIDNOBODY', secret_access_key: 'wrong-canary' };

  await expect(open(origin, wrong)).rejects.toMatchObject({
    code: 'ERR_AUTH_FAILED',
    upstream: { error_code: 'InvalidAccessKeyId' },
  });
});

test('an access key runs actions in the engine; an address that is not listed gets nothing', async () => {
  const { origin } = await openS3();
  const { run: runIn } = await open(origin, { kind: 'access_key', ...KEYS });

  expect(await runIn('put_object', { bucket: 'results', key: 'k', rows: [{ n: 1 }] })).toMatchObject({
    status: 'succeeded',
    output: { bytes: 8 },
  });
  const elsewhere = { kind: 'access_key', ...KEYS };
  await expect(open('https://10.1.2.3', elsewhere)).rejects.toMatchObject({ code: 'ERR_HOST_NOT_ALLOWED' });
});

const ROLE = {
  kind: 'role',
  access_key_id: 'AKIDUSER',
  secret_access_key: 'user-canary',
  role_arn: 'arn:aws:iam::123456789012:role/penstock',
  external_id: 'acme',
};

test('the keys of a role are got once for all runs and workers, and shown nowhere', async () => {
  const { origin, requests } = await openS3();
  const sts = await startSts();
  const { ctx, run: runIn } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const other: Context = await testContext({ prefix: ctx.config.prefix });
  const second = await startWorker(other);
  onTestFinished(() => second.close());
  requests.length = 0;

  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, n) => runIn('put_object', { bucket: 'results', key: `k${n}`, content: 'x' })),
  );

  expect(runs.map(({ status, error }) => error ?? status)).toEqual(Array.from({ length: 8 }, () => 'succeeded'));
  expect(sts.asked.map((form) => form.get('RoleArn'))).toEqual([ROLE.role_arn]);
  const dump = await everythingIn(ctx);
  for (const secret of [ROLE.secret_access_key, 'session-canary']) expect(dump).not.toContain(secret);
});

test('a pre-signed URL with the keys of a role is whole for later steps, and shown without them', async () => {
  const { origin, access } = await openS3();
  const sts = await startSts();
  const { ctx, account } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const linked = { linked_account: account };
  const content = '{{ steps.sign.output.url }}';
  const done = await flowsOf(ctx).run([
    { id: 'sign', action: 's3.presign_url', ...linked, input: { bucket: 'results', key: 'k' } },
    { id: 'give', action: 's3.put_object', ...linked, input: { bucket: 'results', key: 'url', content } },
  ]);

  expect(done.error ?? done.status).toBe('succeeded');
  const { output, bench } = await run(access, 'get_object', { bucket: 'results', key: 'url' });
  const given = new URL(bench.artifact((output.artifact as { id: string }).id).toString());
  expect(given.searchParams.get('X-Amz-Security-Token')).toMatch(/^session-canary-/);
  expect(given.searchParams.get('X-Amz-Credential')).toMatch(/^S3RVER\//);
  const dump = await everythingIn(ctx);
  expect(dump).toContain('X-Amz-Security-Token=');
  expect(dump).not.toContain('session-canary');
});

test('keys of a role that end are renewed', async () => {
  const { origin } = await openS3();
  const sts = await startSts(0);
  const { run: runIn } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const before = sts.asked.length;

  expect((await runIn('list_objects', { bucket: 'results' })).status).toBe('succeeded');
  expect(sts.asked.length).toBe(before + 1);
});

test.each([
  [
    'a role that may not be assumed',
    { external_id: 'other' },
    {},
    { code: 'ERR_AUTH_FAILED', upstream: { error_code: 'AccessDenied' } },
  ],
  ['a token service elsewhere', {}, { sts_endpoint: 'https://sts.attacker.example' }, { code: 'ERR_HOST_NOT_ALLOWED' }],
])('refuses %s', async (_, login, fields, failure) => {
  const { origin } = await openS3();
  const sts = await startSts();

  await expect(open(origin, { ...ROLE, ...login }, { sts_endpoint: sts.origin, ...fields })).rejects.toMatchObject(
    failure,
  );
});

test('new and changed objects start a workflow, each once', async () => {
  const { origin, access } = await openS3();
  await run(access, 'put_object', { bucket: 'results', key: 'in/old', content: 'old' });
  const { ctx, account } = await open(origin, { kind: 'access_key', ...KEYS });
  const workflow = await createWorkflow(ctx, 'default', {
    name: 'arrivals',
    trigger: {
      id: 's3.new_object',
      linked_account: account,
      input: { bucket: 'results', prefix: 'in/' },
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'keys', action: 'core.transform', input: { value: '{{ trigger.events }}' } }],
  });
  const count = async () => (await readCursor(ctx, workflow.id)).events;
  await until('what is there is known', async () => (await readCursor(ctx, workflow.id)).position !== null);

  for (const key of ['in/z', 'in/a', 'out/b'])
    await run(access, 'put_object', { bucket: 'results', key, content: key });
  await until('two are delivered', async () => (await count()) === 2);
  await run(access, 'put_object', { bucket: 'results', key: 'in/a', content: 'changed' });
  await until('the change is delivered', async () => (await count()) === 3);
});
