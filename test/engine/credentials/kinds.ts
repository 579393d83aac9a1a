import { createHmac, createPublicKey, hash, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import type { Action, ConnectorManifest, JsonObject, Manifests } from '../../../connector/manifest.ts';
import { openConnector } from '../../../connector/open-connector.ts';
import { compileSchema } from '../../../connector/schema.ts';
import { readBody, startHttpServer } from '../../servers.ts';
import { KEY_PAIR, type OidcServer } from './oauth/oidc-server.ts';

/** Of the clients of the server for OAuth. */
const OAUTH_SECRET = 'confidential-secret-of-the-oauth-app';
/** A public app has no secret but its tokens. */
const NO_SECRET = 'a-secret-that-is-none';
/** A text that must be found nowhere. */
const CANARY = 'canary-7f3a9c51e8d24b60';
const PRIVATE_KEY = KEY_PAIR.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const text = (title: string, more: JsonObject = {}): JsonObject => ({ title, type: 'string', ...more });
const secret = (title: string) => text(title, { writeOnly: true });
const fields = (required: string[], properties: JsonObject): JsonObject => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});

/** One kind of login: its mode, what a person gives, and how a server knows it. */
export interface Kind {
  title: string;
  mode: AuthModeManifest;
  body: JsonObject;
  /** The secret that must not be shown. */
  secret: string | undefined;
  isSent(request: IncomingMessage): boolean;
  family: 'static' | 'exchanged' | 'login';
  /** Of a login: the OAuth app that a person signs in through. */
  app?: { client_id: string; client_secret?: string };
}

/** Every kind, at the given servers. */
export function kindsAt(oidc: Pick<OidcServer, 'origin'>, tokens: string): Kind[] {
  const bearer = (request: IncomingMessage) => /^Bearer \S+$/.test(request.headers.authorization ?? '');
  const oauth = { kind: 'oauth2' as const, grant: 'client_credentials' as const, hosts: '^$' };
  const token_url = `${oidc.origin}/oidc/v1/token`;
  const client = (more: JsonObject) =>
    fields(['client_id', ...Object.keys(more)], { client_id: text('Client'), ...more });
  return [
    {
      title: 'none',
      mode: { id: 'none', title: 'None', kind: 'none' },
      body: {},
      secret: undefined,
      isSent: ({ headers }) => headers.authorization === undefined,
      family: 'static',
    },
    {
      title: 'api_key in a header with a prefix',
      mode: {
        id: 'key',
        title: 'Key',
        kind: 'api_key',
        fields: fields(['api_key'], { api_key: secret('Key') }),
        send: { headers: { 'X-Api-Key': 'Key {auth.api_key}' } },
      },
      body: { api_key: CANARY },
      secret: CANARY,
      isSent: ({ headers }) => headers['x-api-key'] === `Key ${CANARY}`,
      family: 'static',
    },
    {
      title: 'api_key of two fields, in the query and in a cookie',
      mode: {
        id: 'keys',
        title: 'Keys',
        kind: 'api_key',
        fields: fields(['api_key', 'app_id'], { api_key: secret('Key'), app_id: text('App') }),
        send: { query: { key: '{auth.api_key}' }, cookies: { app: '{auth.app_id}' } },
      },
      body: { api_key: CANARY, app_id: 'a;b' },
      secret: CANARY,
      isSent: ({ url = '', headers }) =>
        new URL(url, 'http://x').searchParams.get('key') === CANARY && headers.cookie === 'app=a%3Bb',
      family: 'static',
    },
    {
      title: 'basic',
      mode: {
        id: 'basic',
        title: 'Basic',
        kind: 'basic',
        fields: fields(['username', 'password'], { username: text('User'), password: secret('Password') }),
      },
      body: { username: 'someone', password: CANARY },
      secret: CANARY,
      isSent: ({ headers }) => headers.authorization === `Basic ${Buffer.from(`someone:${CANARY}`).toString('base64')}`,
      family: 'static',
    },
    {
      title: 'basic with a token as its user',
      mode: {
        id: 'basic_token',
        title: 'Token',
        kind: 'basic',
        username: '{auth.token}',
        send: { headers: { 'X-Version': '2' } },
        fields: fields(['token'], { token: secret('Token') }),
      },
      body: { token: CANARY },
      secret: CANARY,
      isSent: ({ headers }) =>
        headers.authorization === `Basic ${Buffer.from(`${CANARY}:`).toString('base64')}` &&
        headers['x-version'] === '2',
      family: 'static',
    },
    {
      title: 'bearer',
      mode: { id: 'bearer', title: 'Token', kind: 'bearer', fields: fields(['token'], { token: secret('Token') }) },
      body: { token: CANARY },
      secret: CANARY,
      isSent: ({ headers }) => headers.authorization === `Bearer ${CANARY}`,
      family: 'static',
    },
    {
      title: 'aws_sigv4',
      mode: {
        id: 'aws',
        title: 'AWS',
        kind: 'aws_sigv4',
        service: 'execute-api',
        region: '{auth.region}',
        fields: fields(['access_key_id', 'secret_access_key', 'region'], {
          access_key_id: text('Key'),
          secret_access_key: secret('Secret'),
          region: text('Region'),
        }),
      },
      body: { access_key_id: 'AKIDEXAMPLE', secret_access_key: CANARY, region: 'eu-west-1' },
      secret: CANARY,
      isSent: isSigned,
      family: 'static',
    },
    {
      title: 'client_credentials by Basic',
      mode: {
        ...oauth,
        id: 'cc_basic',
        title: 'App',
        token_url,
        client_auth: 'basic',
        fields: client({ client_secret: secret('Secret') }),
      },
      body: { client_id: 'service-app', client_secret: OAUTH_SECRET },
      secret: OAUTH_SECRET,
      isSent: bearer,
      family: 'exchanged',
    },
    {
      title: 'client_credentials by private_key_jwt',
      mode: {
        ...oauth,
        id: 'cc_key',
        title: 'Key',
        issuer: [`${oidc.origin}/oidc`],
        client_auth: 'private_key_jwt',
        fields: client({ private_key: secret('Key') }),
      },
      body: { client_id: 'key-app', private_key: PRIVATE_KEY },
      secret: PRIVATE_KEY.split('\n')[3]!,
      isSent: bearer,
      family: 'exchanged',
    },
    ...(['form', 'bearer'] as const).map(
      (sent): Kind => ({
        title: `jwt_bearer by ${sent}`,
        mode: {
          id: `jwt_${sent}`,
          title: 'JWT',
          kind: 'jwt_bearer',
          token_url: `${tokens}/token/{account.installation_id}`,
          assertion: {
            algorithm: 'RS256',
            key: '{auth.private_key}',
            claims: { iss: '{auth.app_id}' },
            lifetime_seconds: 600,
            sent,
          },
          answer: { access_token: 'token', expires_at: 'expires_at' },
          fields: fields(['app_id', 'installation_id', 'private_key'], {
            app_id: text('App'),
            installation_id: text('Installation'),
            private_key: secret('Key'),
          }),
        },
        body: { app_id: '12', installation_id: '7', private_key: PRIVATE_KEY },
        secret: PRIVATE_KEY.split('\n')[3]!,
        isSent: ({ headers }) => /^Bearer token-of-12-at-7-\d+$/.test(headers.authorization ?? ''),
        family: 'exchanged',
      }),
    ),
    ...(
      [
        ['a public app', 'none', { client_id: 'public-app' }],
        ['a confidential app', 'body', { client_id: 'confidential-app', client_secret: OAUTH_SECRET }],
        ['an app that signs', 'private_key_jwt', { client_id: 'signing-app', client_secret: PRIVATE_KEY }],
      ] as const
    ).map(
      ([whose, client_auth, app]): Kind => ({
        title: `authorization_code of ${whose}`,
        mode: {
          id: `login_${client_auth}`,
          title: 'Sign in',
          kind: 'oauth2',
          grant: 'authorization_code',
          issuer: [`${oidc.origin}/oidc`],
          discovery: 'openid',
          client_auth,
          scopes: { default: ['sql'], mandatory: ['offline_access'] },
        },
        body: {},
        secret:
          client_auth === 'none' ? NO_SECRET : client_auth === 'body' ? OAUTH_SECRET : PRIVATE_KEY.split('\n')[3]!,
        isSent: bearer,
        family: 'login',
        app,
      }),
    ),
  ];
}

/** A token endpoint that takes a signed assertion, as a parameter or as the token of the request, and ends tokens by a time. */
export async function startAssertionServer() {
  const state = { origin: '', received: 0, refuse: undefined as string | undefined };
  const server = await startHttpServer(async (request, response) => {
    state.received += 1;
    const { refuse } = state;
    if (refuse !== undefined) return response.writeHead(400).end(JSON.stringify({ error: refuse }));
    const form = new URLSearchParams((await readBody(request)).toString());
    const assertion = form.get('assertion') ?? /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const key = createPublicKey(KEY_PAIR.publicKey.export({ type: 'spki', format: 'pem' }));
    const isRight = verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'));
    response.setHeader('content-type', 'application/json');
    if (!isRight) return response.writeHead(401).end('{"message":"A JSON web token could not be decoded"}');
    const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string };
    const token = `token-of-${iss}-at-${request.url!.split('/').at(-1)}-${state.received}`;
    const end = new Date(Date.now() + 3_600_000).toISOString();
    return response.writeHead(201).end(JSON.stringify({ token, expires_at: end }));
  });
  state.origin = server.origin;
  return state;
}

/** Manifests of one connector `shop` with these modes: its base URL is a field of the account. */
export function shopManifests(modes: AuthModeManifest[]): Manifests {
  const manifest: ConnectorManifest = {
    id: 'shop',
    version: 1,
    title: 'Shop',
    connection: fields([], { base_url: text('Base URL') }),
    base_urls: { api: { url: '{account.base_url}', hosts: '^api\\.shop\\.example$', path: true } },
    auth: modes,
    test: [{ request: { method: 'GET', path: '/me' }, user_name: ['login'] }],
  };
  const connector = openConnector(manifest);
  const action = {
    id: 'shop.list',
    connector,
    manifest: {
      id: 'shop.list',
      version: 1,
      title: 'List',
      group: 'Orders',
      description: 'Lists.',
      effect: 'safe',
      input: { type: 'object', additionalProperties: false, properties: {} },
      request: { method: 'GET', path: '/orders' },
      output: { type: 'object' },
      examples: [],
    },
    input: compileSchema({ type: 'object', additionalProperties: false, properties: {} }),
    output: compileSchema({ type: 'object' }),
  } satisfies Action;
  return { connectors: new Map([['shop', connector]]), actions: new Map([['shop.list', action]]), triggers: new Map() };
}

/** The signature as AWS documents it ("Create a signed AWS API request"), made again from what arrived. */
function isSigned(request: IncomingMessage): boolean {
  const { authorization = '', host = '' } = request.headers;
  const parts =
    /Credential=AKIDEXAMPLE\/(\d{8})\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      authorization,
    );
  if (parts === null) return false;
  const [, day, names, signature] = parts as unknown as [string, string, string, string];
  const url = new URL(request.url!, `http://${host}`);
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const canonical = ['GET', url.pathname, url.searchParams.toString(), headers.join(''), names, empty].join('\n');
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const scope = `${day}/eu-west-1/execute-api/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hashOf(canonical)].join('\n');
  const key = ['eu-west-1', 'execute-api', 'aws4_request'].reduce(hmac, hmac(`AWS4${CANARY}`, day));
  return hmac(key, toSign).toString('hex') === signature;
}

function hashOf(data: string): string {
  return hash('sha256', data);
}
