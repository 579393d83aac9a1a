import { expect, onTestFinished, test, vi } from 'vitest';
import type { Access } from '../../../connector/access.ts';
import { createHttp } from '../../../connector/http.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { KEYS, openS3 } from './server.ts';
import { givenSignature, signatureOf } from './signature.ts';

/** The example keys of AWS's documentation. */
const DOCUMENTED = {
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const EU = 'https://s3.eu-central-1.amazonaws.com';

async function run(access: Access, name: string, input: object, bench = openBench({ url: '', login: access })) {
  const action = await actionOf(`s3.${name}`);
  return { ...(await runToEnd(action, callOf(action, input), bench)), bench };
}

function accessTo(origin: string, secrets: Access['secrets'], account: object = {}): Access {
  const http = createHttp();
  const shown = { region: 'eu-central-1', access_key_id: secrets.access_key_id!, ...account };
  return { hostname: new URL(origin).hostname, origin, http, rules: [], account: shown, secrets, isListed: false };
}

test('the examples of the specification have their signatures', () => {
  const secret = DOCUMENTED.secret_access_key;
  const url = 'https://examplebucket.s3.amazonaws.com/test.txt';
  const query =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';
  const headers = {
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=',
    range: 'bytes=0-9',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
  };

  expect(signatureOf({ method: 'GET', url: `${url}?${query}`, secret })).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  expect(signatureOf({ method: 'GET', url, secret, headers })).toBe(
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

const at = (origin: string, addressing?: string) =>
  accessTo(origin, DOCUMENTED, {
    ...(origin === EU ? {} : { endpoint: origin }),
    ...(addressing === undefined ? {} : { addressing }),
  });

test.each<[string, Access, { bucket?: string; key?: string; method?: string; expires_seconds?: number }, string]>([
  ['of Amazon S3', at(EU), {}, 'https://examplebucket.s3.eu-central-1.amazonaws.com/test.txt'],
  [
    'that writes',
    at(EU),
    { method: 'PUT', expires_seconds: 86_400 },
    'https://examplebucket.s3.eu-central-1.amazonaws.com/test.txt',
  ],
  [
    'of a key with signs',
    at(EU),
    { key: "a b/é+&=?#%~!'()*,;:@$/ü.txt" },
    'https://examplebucket.s3.eu-central-1.amazonaws.com/a%20b/%C3%A9%2B%26%3D%3F%23%25~%21%27%28%29%2A%2C%3B%3A%40%24/%C3%BC.txt',
  ],
  [
    'of a bucket with dots',
    at(EU),
    { bucket: 'files.example.com' },
    'https://s3.eu-central-1.amazonaws.com/files.example.com/test.txt',
  ],
  [
    'with temporary keys',
    accessTo(EU, { ...DOCUMENTED, session_token: 'FwoGZXIvYXdzE/+a=' }),
    {},
    'https://examplebucket.s3.eu-central-1.amazonaws.com/test.txt',
  ],
  ['with paths', at(EU, 'path'), {}, 'https://s3.eu-central-1.amazonaws.com/examplebucket/test.txt'],
  ['of another service', at('http://s3.example.com:9000'), {}, 'http://s3.example.com:9000/examplebucket/test.txt'],
  [
    'of another service with virtual hosts',
    at('https://s3.example.com:8443', 'virtual_host'),
    {},
    'https://examplebucket.s3.example.com:8443/test.txt',
  ],
  [
    'of an address, which has no names below it',
    at('http://127.0.0.1:9000', 'virtual_host'),
    {},
    'http://127.0.0.1:9000/examplebucket/test.txt',
  ],
])(
  'a pre-signed URL %s has the host, the path and the signature of the specification',
  async (_, access, given, where) => {
    const { bucket = 'examplebucket', key = 'test.txt', method = 'GET', expires_seconds = 60 } = given;
    const bench = openBench({ url: '', login: access });
    const now = new Date(bench.io.now()).toISOString().replace(/[-:]|\.\d+/g, '');

    const { output } = await run(access, 'presign_url', { bucket, key, method, expires_seconds }, bench);

    const { url } = output as { url: string };
    const parameters = Object.fromEntries(new URL(url).searchParams);
    expect(url.split('?')[0]).toBe(where);
    expect(parameters).toMatchObject({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${DOCUMENTED.access_key_id}/${now.slice(0, 8)}/eu-central-1/s3/aws4_request`,
      'X-Amz-Date': now,
      'X-Amz-Expires': String(expires_seconds),
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': signatureOf({ method, url, secret: DOCUMENTED.secret_access_key }),
    });
    expect(parameters['X-Amz-Security-Token']).toBe(access.secrets.session_token);
  },
);

/** `s3rver` as if it were Amazon S3: it gets each request with the host that it was for, once its signature was found right. */
async function openVirtualHosts(secret = KEYS.secret_access_key) {
  const hosts: string[] = [];
  const server = await openS3((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const signed = { url: `https://${hosts.at(-1)}${path}`, ...(path.includes('X-Amz-Signature') ? {} : { headers }) };
    request.headers.host = hosts.at(-1)!;
    if (givenSignature(signed as never) === signatureOf({ method, secret, ...signed } as never)) return false;
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      '<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key and signing method.</Message></Error>',
    );
    return true;
  });
  const { http } = server.access;
  const access = accessTo(EU, KEYS);
  const stream: Access['http']['stream'] = (request) => {
    hosts.push(new URL(request.url).host);
    return http.stream({ ...request, url: request.url.replace(/^https?:\/\/[^/]+/, server.origin) });
  };
  return { access: { ...access, http: { ...http, stream } }, hosts, origin: server.origin };
}

test('with virtual hosts the bucket is part of the host that is signed, and of no path', async () => {
  const { access, hosts, origin } = await openVirtualHosts();
  const where = { bucket: 'results', key: 'a b/é+.txt' };

  await run(access, 'put_object', { ...where, content: 'hello' });
  const { output: list } = await run(access, 'list_objects', { bucket: 'results' });
  const { output: got, bench } = await run(access, 'get_object', where);
  const { output: signed } = await run(access, 'presign_url', where);
  const { url } = signed as { url: string };
  hosts.push(new URL(url).host);
  const read = await fetch(url.replace(/^https:\/\/[^/]+/, origin));
  const { output: buckets } = await run(access, 'list_buckets', {});

  expect((list as { objects: { key: string }[] }).objects.map(({ key }) => key)).toEqual([where.key]);
  expect(bench.artifact((got as { artifact: { id: string } }).artifact.id).toString()).toBe('hello');
  expect([read.status, await read.text()]).toEqual([200, 'hello']);
  expect(buckets).toMatchObject({ buckets: [{ name: 'results' }] });
  const virtual = 'results.s3.eu-central-1.amazonaws.com';
  expect(hosts).toEqual([virtual, virtual, virtual, virtual, 's3.eu-central-1.amazonaws.com']);
});

test('a request that is signed with another secret is refused, in the words of the service', async () => {
  const { access } = await openVirtualHosts('another');

  await expect(run(access, 'list_objects', { bucket: 'results' })).rejects.toMatchObject({
    code: 'ERR_AUTH_FAILED',
    upstream: { error_code: 'SignatureDoesNotMatch' },
  });
});

test('what the environment says of endpoints is for other programs', async () => {
  for (const name of ['AWS_USE_DUALSTACK_ENDPOINT', 'AWS_USE_FIPS_ENDPOINT']) vi.stubEnv(name, 'true');
  onTestFinished(() => void vi.unstubAllEnvs());

  const { output } = await run(at(EU), 'presign_url', { bucket: 'examplebucket', key: 'k' });

  expect(new URL((output as { url: string }).url).host).toBe('examplebucket.s3.eu-central-1.amazonaws.com');
});
