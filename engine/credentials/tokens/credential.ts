import type { AuthMode, SendManifest } from '../../../connector/auth-mode.ts';
import { type AuthScopes, fillText, fillTexts } from '../../../connector/auth-text.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import { type BuiltRequest, encodeQuery } from '../../../connector/request.ts';
import { requestUrl } from '../../../connector/request-url.ts';
import type { Context } from '../context.ts';
import { readTemporaryKeys } from '../oauth/assume-role.ts';
import { createSigner } from '../oauth/sigv4.ts';
import { accountFields, baseUrlsOf, modeOf } from '../records/auth-account.ts';
import type {
  AuthenticationRecord,
  AuthenticationSecret,
  LinkedAccountRecord,
} from '../records/authentication-record.ts';
import type { Credential } from '../records/token-cache.ts';

const BEARER: SendManifest = { headers: { authorization: 'Bearer {auth.token}' } };
const ACCESS_TOKEN: SendManifest = { headers: { authorization: 'Bearer {token}' } };

/**
 * What requests carry for an authentication: its secret as the mode says, or the access token that was got for it.
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED, ERR_HOST_INVALID when the account is no longer where credentials may go
 */
export function credentialOf(
  ctx: Pick<Context, 'config' | 'clock'>,
  of: {
    connector: Connector;
    account: Partial<LinkedAccountRecord> | undefined;
    record: Partial<AuthenticationRecord> & Pick<AuthenticationRecord, 'kind'>;
    secret: AuthenticationSecret;
    token: string | undefined;
  },
): Credential {
  const { connector, record, token } = of;
  const mode = modeOf(connector, record.kind);
  // Of a role, the token is its temporary keys; those that it was got with are not sent.
  const secret = mode.manifest.assume_role === undefined ? of.secret : readTemporaryKeys(token);
  const account = accountFields(connector, of.account, record);
  const baseUrls = baseUrlsOf(ctx, connector, account);
  const scopes: AuthScopes = { account, auth: { ...account, ...secret }, token };
  const { basic, ...sent } = proofOf(mode, scopes);
  const cookies = Object.entries(sent.cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const query = encodeQuery(sent.query);
  const sign = mode.manifest.kind === 'aws_sigv4' ? createSigner(ctx, mode.manifest, scopes) : undefined;
  return Object.freeze({
    connector,
    baseUrls,
    account: Object.freeze(publicAccount(account, baseUrls.api!)),
    headers: Object.freeze({
      ...lowerNames(sent.headers),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
    }),
    ...(query === '' ? {} : { query }),
    ...(sign === undefined ? {} : { sign }),
    ...(token === undefined ? {} : { token }),
    fields: Object.freeze({ ...secret }),
    secrets: Object.freeze(textsOf([token, basic, ...Object.values(secret)])),
  });
}

/** A request with the signature of its credentials, where they sign. A body that is a stream is not read for it. */
export async function signed<Request extends { method: string; url: string; headers: Record<string, string> }>(
  credential: Pick<Credential, 'sign'>,
  request: Request,
  body: unknown,
): Promise<Request> {
  if (credential.sign === undefined) return request;
  const { method, url, headers } = request;
  const whole = typeof body === 'string' || body instanceof Uint8Array ? body : undefined;
  const isStream = body !== undefined && whole === undefined;
  return { ...request, headers: await credential.sign({ method, url, headers, body: whole, isStream }) };
}

/** The URL of a request at its base URL, with the credentials that are in the query. @throws as `requestUrl` */
export function urlOf(
  { baseUrls, query }: Pick<Credential, 'baseUrls' | 'query'>,
  request: Pick<BuiltRequest, 'base' | 'path' | 'link' | 'within'>,
): string {
  const { base = 'api', link } = request;
  const known = baseUrls[base];
  if (known === undefined) throw noBaseUrl(base);
  const url = requestUrl(known, request);
  if (query === undefined) return url;
  const plain = link === undefined ? url : withoutParameters(url, query);
  return `${plain}${plain.includes('?') ? '&' : '?'}${query}`;
}

/** A service that repeats a request's parameters in a link repeats the credentials too. */
function withoutParameters(url: string, query: string): string {
  const names = new Set(new URLSearchParams(query).keys());
  const [route, rest = ''] = url.split('?');
  const kept = rest
    .split('&')
    .filter((pair) => pair !== '' && !names.has([...new URLSearchParams(pair).keys()][0] ?? ''));
  return kept.length === 0 ? route! : `${route}?${kept.join('&')}`;
}

/** The secrets, and what they look like in a query or a cookie. */
function textsOf(secrets: readonly (string | undefined)[]): string[] {
  const texts = secrets.filter((text): text is string => typeof text === 'string' && text !== '');
  return [...new Set(texts.flatMap((text) => [text, encodeURIComponent(text.toWellFormed())]))];
}

function noBaseUrl(base: string): ConnectorError {
  return new ConnectorError('ERR_HOST_INVALID', `the account has no base URL "${base}"`, {
    hint: 'Set the fields of the linked account that the URL reads.',
    sent: 'no',
  });
}

function proofOf(
  { manifest }: AuthMode,
  scopes: AuthScopes,
): { headers: Record<string, string>; query: Record<string, string>; cookies: Record<string, string>; basic?: string } {
  const usual = manifest.kind === 'bearer' ? BEARER : ACCESS_TOKEN;
  const isToken = manifest.kind === 'bearer' || manifest.kind === 'oauth2' || manifest.kind === 'jwt_bearer';
  const { headers = {}, query = {}, cookies = {} } = manifest.send ?? (isToken ? usual : {});
  const sent = {
    headers: fillTexts(headers, scopes),
    query: fillTexts(query, scopes),
    cookies: fillTexts(cookies, scopes),
  };
  if (manifest.kind !== 'basic') return sent;
  const user = fillText(manifest.username ?? '{auth.username}', scopes) ?? '';
  const password = fillText(manifest.password ?? '{auth.password}', scopes) ?? '';
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { ...sent, headers: { ...sent.headers, authorization: `Basic ${basic}` }, basic };
}

/** What manifests may refer to as `$account`: `host` without its scheme, and `origin` with it. */
function publicAccount(account: JsonObject, api: string): JsonObject {
  const { origin, host } = new URL(api);
  return { ...account, host, origin };
}

function lowerNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
