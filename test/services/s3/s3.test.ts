import { describe, expect, test } from 'vitest';
import { loadManifests } from '../../../connector/load-manifests.ts';
import { SERVICES } from '../../../services/registry.ts';
import { openBench } from '../../actions/harness.ts';
import { replayExample } from '../../manifests/replay.ts';
import { runAction } from './run-action.ts';
import { openS3 } from './server.ts';

const manifests = await loadManifests(new URL('../../../manifests/', import.meta.url), { services: SERVICES });
const examples = [...manifests.actions.values()]
  .filter(({ connector }) => connector.id === 's3')
  .flatMap(({ id, manifest }) => manifest.examples.map((example) => ({ id, title: example.title, example })));
const MIB = 1024 * 1024;

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
  const put = await runAction(
    access,
    'put_object',
    { bucket: 'results', key: 'a/b c+é.bin', artifact: 'art_1' },
    {
      ...bench,
      io: { ...bench.io, sendArtifact: () => bench.io.sendArtifact(sink.id) },
    },
  );
  const parts = requests.filter(({ url = '' }) => url.includes('partNumber='));
  const got = await runAction(access, 'get_object', { bucket: 'results', key: 'a/b c+é.bin' }, bench);

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

  await expect(runAction(access, 'put_object', { bucket: 'results', key: 'k', rows })).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    kind: 'rate_limit',
    upstream: { status: 503, error_code: 'SlowDown' },
  });
  expect(aborted).toHaveLength(1);
  expect((await runAction(access, 'list_objects', { bucket: 'results' })).output.objects).toEqual([]);
});

test.each([
  ['an empty text', { content: '' }, ''],
  ['a text', { content: 'é' }, 'é'],
  ['bytes', { content_base64: 'AQI=' }, '\x01\x02'],
  ['no rows', { rows: [] }, ''],
])('writes %s', async (_, content, text) => {
  const { access } = await openS3();
  await runAction(access, 'put_object', { bucket: 'results', key: 'k', metadata: { by: 'test' }, ...content });
  const { output, bench } = await runAction(access, 'get_object', { bucket: 'results', key: 'k' });

  expect(bench.artifact((output.artifact as { id: string }).id).toString()).toBe(text);
  expect(output.metadata).toEqual({ by: 'test' });
});

test('lists from a key, and folders', async () => {
  const { access } = await openS3();
  for (const key of ['a/1', 'a/2', 'b', 'c'])
    await runAction(access, 'put_object', { bucket: 'results', key, content: key });

  const keysOf = (output: Record<string, unknown>) => (output.objects as { key: string }[]).map(({ key }) => key);
  const rest = (await runAction(access, 'list_objects', { bucket: 'results', start_after: 'a/2' })).output;
  const folders = (await runAction(access, 'list_objects', { bucket: 'results', delimiter: '/' })).output;

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

  const all = (await runAction(access, 'list_objects', { bucket: 'results' })).output;
  const some = (await runAction(access, 'list_objects', { bucket: 'results', max_items: 3 })).output;

  expect([(all.objects as object[]).length, all.more]).toEqual([4, false]);
  expect([(some.objects as object[]).length, some.more]).toEqual([3, true]);
  expect(asked).toEqual(['null 1000', 't+1 998', 't/2 997', 'null 3', 't+1 1']);
});

test('a pre-signed URL reads and writes without keys', async () => {
  const { access } = await openS3();
  const input = { bucket: 'results', key: 'a b/é+.txt' };
  const put = (await runAction(access, 'presign_url', { ...input, method: 'PUT' })).output;
  const written = await fetch(String(put.url), { method: 'PUT', body: 'hello' });
  const get = (await runAction(access, 'presign_url', { ...input, expires_seconds: 60 })).output;
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

  await expect(runAction(access, 'get_object', input)).rejects.toMatchObject(failure);
});

test.each(['put_object', 'get_object', 'delete_object', 'presign_url'])(
  '%s refuses a key that a URL would change',
  async (name) => {
    const { access } = await openS3();
    const content = name === 'put_object' ? { content: '' } : {};

    await expect(runAction(access, name, { bucket: 'results', key: 'a/../b', ...content })).rejects.toMatchObject({
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

  await expect(runAction(access, 'list_objects', { bucket: 'results' })).rejects.toMatchObject({
    code: 'ERR_RESPONSE_INVALID',
  });
  await expect(
    runAction({ ...access, origin: 'http://127.0.0.1:9' }, 'list_objects', { bucket: 'results' }),
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

  await expect(runAction(access, 'put_object', { bucket: 'results', key: 'k', rows })).rejects.toMatchObject({
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

  await expect(runAction(access, 'list_objects', { bucket: 'results' })).rejects.toMatchObject(failure);
});
