import type { IncomingMessage } from 'node:http';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { buildRequest } from '../../../../connector/request.ts';
import { createSigner } from '../../../../engine/credentials/oauth/sigv4.ts';
import { startHttpServer } from '../../../servers.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const ODD_KEY = "a b/ü+&=@:$,;(1)!*'~_-.%2F/";

type Command = GetObjectCommand | ListObjectsV2Command | PutObjectCommand;

/** What the SDK of AWS sends for a command to S3. */
async function sentBySdk(command: Command, sessionToken?: string): Promise<{ origin: string; sent: IncomingMessage }> {
  const seen: IncomingMessage[] = [];
  const { origin } = await startHttpServer((request, response) => {
    seen.push(request);
    response.writeHead(200).end(command instanceof ListObjectsV2Command ? '<ListBucketResult/>' : '');
  });
  const credentials = { ...KEYS, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const client = new S3Client({
    region: 'eu-west-1',
    endpoint: origin,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  onTestFinished(() => client.destroy());
  await client.send(command as PutObjectCommand);
  return { origin, sent: seen[0]! };
}

/** The headers of our signature at the time of the SDK's, over the same headers. */
function signedByUs(
  { origin, sent }: Awaited<ReturnType<typeof sentBySdk>>,
  request: { method: 'GET' | 'PUT'; key?: string; query?: Record<string, string>; body?: string },
  sessionToken?: string,
): Promise<Record<string, string>> {
  const at = String(sent.headers['x-amz-date']).replace(
    /^(....)(..)(..)T(..)(..)(..)Z$/,
    (_all, ...[year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
  );
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(String(sent.headers.authorization)) ?? [];
  const headers = names
    .split(';')
    .filter((name) => !/^(host|x-amz-date|x-amz-security-token|x-amz-content-sha256)$/.test(name))
    .map((name) => [name, String(sent.headers[name])]);
  const fields = { access_key_id: KEYS.accessKeyId, secret_access_key: KEYS.secretAccessKey };
  const sign = createSigner(
    { clock: { now: () => Date.parse(at), random: Math.random } as never },
    { id: 'keys', title: 'Keys', kind: 'aws_sigv4', service: 's3', region: '{account.region}' },
    {
      account: { region: 'eu-west-1' },
      auth: sessionToken === undefined ? fields : { ...fields, session_token: sessionToken },
      token: undefined,
    },
  );
  const { method, key, query, body } = request;
  const path = key === undefined ? '/results/' : '/results/{+input.key}';
  const built = buildRequest({ method, path, ...(query === undefined ? {} : { query }) }, { input: { key } });
  return sign({ method, url: `${origin}${built.path}`, headers: Object.fromEntries(headers), body, isStream: false });
}

test.each([['plain/key.csv'], [ODD_KEY], ['ends with a slash/'], ['😀/(copy).csv']])(
  'signs the path of %j as the SDK of AWS does',
  async (key) => {
    const command = new PutObjectCommand({ Bucket: 'results', Key: key, Body: 'rows' });
    const sdk = await sentBySdk(command);

    const ours = await signedByUs(sdk, { method: 'PUT', key, query: { 'x-id': 'PutObject' }, body: 'rows' });

    expect(ours.authorization).toBe(sdk.sent.headers.authorization);
    expect(ours['x-amz-content-sha256']).toBe(sdk.sent.headers['x-amz-content-sha256']);
  },
);

test('signs a query as the SDK of AWS does', async () => {
  const sdk = await sentBySdk(new ListObjectsV2Command({ Bucket: 'results', Prefix: ODD_KEY, Delimiter: '/' }));

  const query = { delimiter: '/', 'list-type': '2', prefix: ODD_KEY };
  const ours = await signedByUs(sdk, { method: 'GET', query });

  expect(ours.authorization).toBe(sdk.sent.headers.authorization);
});

test('sends the session token of temporary keys, and signs it', async () => {
  const token = 'IQoJb3JpZ2luX2VjEXAMPLE//+=';
  const sdk = await sentBySdk(new GetObjectCommand({ Bucket: 'results', Key: 'a' }), token);

  const ours = await signedByUs(sdk, { method: 'GET', key: 'a', query: { 'x-id': 'GetObject' } }, token);

  expect(ours['x-amz-security-token']).toBe(token);
  expect(ours.authorization).toBe(sdk.sent.headers.authorization);
});
