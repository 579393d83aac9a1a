import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ArtifactStore } from '../../../engine/artifacts/artifact-store.ts';
import { openArtifacts } from '../../../engine/artifacts/artifacts.ts';
import { S3_KEYS, startS3 } from './s3-server.ts';

const ARTIFACTS = fileURLToPath(new URL('../../../engine/artifacts/artifacts.ts', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Nothing of the machine that the tests run on may lend credentials. */
function withoutCredentials(): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

async function writeOne(store: ArtifactStore): Promise<number> {
  const writer = await store.write('art_run_1.out', 0);
  await writer.write(Buffer.from('rows'));
  await writer.close();
  return store.size('art_run_1.out');
}

test('sends a session token with the keys', async () => {
  const { url, requests } = await startS3();

  const size = await writeOne(openArtifacts(url, { ...S3_KEYS, AWS_SESSION_TOKEN: 'a session' }));

  expect(size).toBe(4);
  expect(new Set(requests.map(({ headers }) => headers['x-amz-security-token']))).toEqual(new Set(['a session']));
});

test('without a key, takes the role of the container', async () => {
  withoutCredentials();
  const role = createServer((_, response) =>
    response.end(
      JSON.stringify({
        AccessKeyId: S3_KEYS.AWS_ACCESS_KEY_ID,
        SecretAccessKey: S3_KEYS.AWS_SECRET_ACCESS_KEY,
        Token: 'of the role',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    ),
  );
  role.listen(0, '127.0.0.1');
  await once(role, 'listening');
  onTestFinished(() => {
    role.closeAllConnections();
    role.close();
  });
  const { port } = role.address() as AddressInfo;
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/role`);
  const { url, requests } = await startS3();

  const size = await writeOne(openArtifacts(url));

  expect(size).toBe(4);
  expect(requests[0]!.headers['x-amz-security-token']).toBe('of the role');
});

test('says what to set when no credentials are found', async () => {
  withoutCredentials();
  const store = openArtifacts('s3://results?endpoint=http://127.0.0.1:1');

  await expect(store.size('art_run_1.out')).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    hint: expect.stringContaining('AWS_PROFILE'),
  });
});

test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('refuses %s alone', (name) => {
  expect(() => openArtifacts('s3://results', { [name]: 'x' })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(`${name} is set`) }),
  );
});

test('refuses a URL without a bucket', () => {
  expect(() => openArtifacts('s3:///prefix', S3_KEYS)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
});

test('asks again after a busy answer and after a lost connection', async () => {
  let failures = 0;
  const { url } = await startS3((request, response) => {
    if (request.method !== 'PUT' || failures === 2) return false;
    failures += 1;
    if (failures === 1) {
      request.resume();
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code></Error>');
    } else request.socket.destroy();
    return true;
  });

  const size = await writeOne(openArtifacts(url, S3_KEYS));

  expect([size, failures]).toEqual([4, 2]);
});

test('counts every part of an artifact that is listed on many pages', async () => {
  const { url } = await startS3((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://localhost');
    const prefix = searchParams.get('prefix');
    const isFirst = searchParams.get('continuation-token') === null;
    const more = isFirst ? '<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>' : '';
    const part = `<Key>${prefix}${isFirst ? '000000000000000' : '000000000000003'}</Key><Size>${isFirst ? 3 : 4}</Size>`;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<ListBucketResult>${more}<Contents>${part}</Contents></ListBucketResult>`);
    return true;
  });

  expect(await openArtifacts(url, S3_KEYS).size('art_run_1.out')).toBe(7);
});

test('keeps what lies before the offset when a process is killed before it writes', async () => {
  const { url } = await startS3();
  const store = openArtifacts(url, S3_KEYS);
  await writeOne(store);

  await store.write('art_run_1.out', 3);
  const writer = await store.write('art_run_1.out', 3);
  await writer.write(Buffer.from('!'));
  await writer.close();

  const bytes = await (await store.read('art_run_1.out')).toArray();
  expect(Buffer.concat(bytes).toString()).toBe('row!');
});

test('the SDK is loaded by the first request of a bucket, and never for files', { timeout: 60_000 }, async () => {
  const program = `
    const { createRequire } = await import('node:module');
    const { openArtifacts } = await import(${JSON.stringify(ARTIFACTS)});
    const isLoaded = () => Object.keys(createRequire('/').cache).some((path) => path.includes('@aws-sdk/client-s3'));
    await openArtifacts('file:/nowhere').size('art_run_1.out').catch(() => 0);
    const store = openArtifacts('s3://results?endpoint=http://127.0.0.1:1', ${JSON.stringify(S3_KEYS)});
    const before = isLoaded();
    await store.size('art_run_1.out').catch(() => 0);
    console.log(before, isLoaded());`;

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);

  expect(stdout).toBe('false true\n');
});
