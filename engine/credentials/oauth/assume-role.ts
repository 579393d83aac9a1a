import type { AuthModeManifest } from '../../../connector/auth-mode.ts';
import { fillText, firstFilled } from '../../../connector/auth-text.ts';
import { wholeHost } from '../../../connector/base-urls.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { checkHost } from '../../../connector/hosts.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import { readRetryAfter } from '../../../connector/upstream.ts';
import { scrub } from '../../secrets/scrub.ts';
import type { Context } from '../context.ts';
import type { AuthenticationSecret } from '../records/authentication-record.ts';
import type { TokenAnswer } from './oauth.ts';
import { createSigner } from './sigv4.ts';

/** Of AWS: an hour is what every role allows. */
const LIFE_SECONDS = 3_600;
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 65_536;
/** Names of STS for keys, roles and permissions that another try does not cure. */
const REFUSED =
  /^(AccessDenied|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|ExpiredTokenException|InvalidAccessKeyId|UnrecognizedClientException)$/;

/** What a request for the keys of a role needs. */
export interface RoleCall {
  connector: Connector;
  mode: AuthModeManifest;
  account: JsonObject;
  secret: AuthenticationSecret;
}

/**
 * Gets temporary keys of a role (AWS STS AssumeRole, 2011-06-15), as the text of an access token. Never retried here.
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED; ERR_AUTH_FAILED when the keys or the role are refused; ERR_UPSTREAM, of kind `temporary`
 * for 429 and 5xx; ERR_NOT_SENT, ERR_NO_ANSWER, ERR_TIMEOUT; ERR_RESPONSE_INVALID
 */
export async function assumeRole(
  ctx: Pick<Context, 'http' | 'clock' | 'config'>,
  { connector, mode, account, secret }: RoleCall,
): Promise<TokenAnswer> {
  const role = mode.assume_role!;
  const scopes = { account, auth: { ...account, ...secret } };
  const url = endpointOf(ctx, { connector, mode, account, secret });
  const externalId = role.external_id === undefined ? undefined : fillText(role.external_id, scopes);
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: fillText(role.role_arn, scopes) ?? '',
    RoleSessionName: fillText(role.session_name, scopes) ?? 'penstock',
    DurationSeconds: String(role.lifetime_seconds ?? LIFE_SECONDS),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sign = createSigner(ctx, { ...mode, service: 'sts' }, scopes);
  const request = { method: 'POST', url, headers, body, isStream: false };
  const sentAt = performance.now();
  const {
    status,
    headers: got,
    body: bytes,
  } = await ctx.http.send({
    method: 'POST',
    url,
    headers: await sign(request),
    body,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  const text = bytes.toString('utf8');
  if (status !== 200)
    throw refusal({ status, text, retryAfter: got['retry-after'] }, { url, secret, now: ctx.clock.now() });
  const keys = {
    access_key_id: textIn(text, 'AccessKeyId'),
    secret_access_key: textIn(text, 'SecretAccessKey'),
    session_token: textIn(text, 'SessionToken'),
  };
  const end = Date.parse(textIn(text, 'Expiration') ?? '');
  if (Object.values(keys).includes(undefined) || Number.isNaN(end)) {
    throw new ConnectorError('ERR_RESPONSE_INVALID', `${new URL(url).host} did not return the keys of a role`, {
      hint: 'Check the STS endpoint of the account.',
      upstream: { status },
      sent: 'answered',
    });
  }
  return {
    accessToken: JSON.stringify(keys),
    lifeMs: Math.max(0, end - ctx.clock.now() - (performance.now() - sentAt)),
    refreshToken: undefined,
    scope: undefined,
    hasEnd: true,
    userName: textIn(text, 'Arn'),
  };
}

/** The keys in the text of an access token; none without one. */
export function readTemporaryKeys(token: string | undefined): AuthenticationSecret & { access_key_id?: string } {
  return token === undefined ? {} : (JSON.parse(token) as AuthenticationSecret);
}

function endpointOf(ctx: Pick<Context, 'config'>, { connector, mode, account }: RoleCall): string {
  const url = firstFilled(mode.assume_role!.url, { account });
  if (url === undefined || !URL.canParse(url)) {
    throw new ConnectorError('ERR_HOST_INVALID', 'the address of the token service is missing', {
      hint: 'Set the region of the account.',
      sent: 'no',
    });
  }
  const pattern = mode.hosts === undefined ? undefined : wholeHost(mode.hosts);
  const isHost = (host: string) => pattern?.test(host) === true;
  checkHost(new URL(url).origin, { connector, isHost, allowedHosts: ctx.config.allowedHosts });
  return `${new URL(url).origin}/`;
}

function refusal(
  { status, text, retryAfter }: { status: number; text: string; retryAfter: string | string[] | undefined },
  { url, secret, now }: { url: string; secret: AuthenticationSecret; now: number },
): ConnectorError {
  const where = new URL(url).host;
  const secrets = Object.values(secret);
  const code = scrub(textIn(text, 'Code') ?? String(status), secrets);
  const message = scrub(textIn(text, 'Message') ?? 'no message', secrets);
  const upstream = { status, error_code: code, message };
  const said = `${code}: ${message}`;
  if (status === 429 || status >= 500 || /^Throttling/.test(code)) {
    const retryAfterMs = readRetryAfter(retryAfter, now);
    const about = { kind: 'temporary' as const, upstream, retryAfterMs, sent: 'answered' as const };
    return new ConnectorError('ERR_UPSTREAM', `${where} could not issue keys of the role (${said})`, about);
  }
  if (REFUSED.test(code)) {
    return new ConnectorError('ERR_AUTH_FAILED', `${where} does not give the keys of the role (${said})`, {
      hint: 'Check the access key, the ARN of the role, its trust policy and the external ID.',
      upstream,
      sent: 'answered',
    });
  }
  return new ConnectorError('ERR_UPSTREAM', `${where} rejected the request for the role (${said})`, {
    upstream,
    sent: 'answered',
  });
}

/** The text of the first element of a name; keys and times have no entities, and messages are shown as they are. */
function textIn(xml: string, name: string): string | undefined {
  const open = xml.indexOf(`<${name}>`);
  const start = open + name.length + 2;
  const end = open === -1 ? -1 : xml.indexOf(`</${name}>`, start);
  return end === -1 ? undefined : xml.slice(start, end).trim();
}
