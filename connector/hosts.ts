import { ConnectorError } from './errors.ts';
import type { Connector } from './manifest.ts';

/** Databricks' ids are 64-bit numbers. */
const WORKSPACE_ID = /^\d{1,20}$/;
/** A personal access token, as Databricks makes them. */
const TOKEN = /^dapi[0-9a-f]{32}/;
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The origin of a workspace from what a person pastes: a bare name, a URL with path or query, any case.
 * Says nothing about whether credentials may go there; `checkHost` does.
 * @throws ConnectorError ERR_HOST_MISSING, ERR_HOST_INVALID
 */
export function normalizeHost(text: string): string {
  const given = text.trim();
  if (given === '') {
    throw new ConnectorError('ERR_HOST_MISSING', 'the workspace URL is missing', {
      hint: 'Use the address that you see in the browser, such as https://dbc-a1b2345c-d6e7.cloud.databricks.com.',
    });
  }
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  if (url === null) throw invalid(given, 'it is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(given, 'it must start with https://');
  if (url.username !== '' || url.password !== '') throw invalid(given, 'it must not contain a user name or password');
  if (TOKEN.test(url.hostname)) throw invalid('dapi…', 'it is a token; put it in the field for the token');
  if (!/^[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/.test(url.hostname))
    throw invalid(given, 'the host name contains characters that are not allowed');
  const name = url.hostname.replace(/\.$/, '');
  return `${url.protocol}//${name}${url.port === '' ? '' : `:${url.port}`}`;
}

/**
 * The workspace that a pasted address names on a host that serves several, by `?o=`, `?w=` or `?workspace_id=`, as
 * Databricks' own tools read them. Undefined when it names none. @throws ConnectorError ERR_HOST_INVALID for one that is no number
 */
export function workspaceOfHost(text: string): string | undefined {
  const given = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  const ids = ['o', 'w', 'workspace_id'].flatMap((name) => url?.searchParams.getAll(name) ?? []);
  const [first] = ids;
  if (first === undefined) return undefined;
  if (ids.every((id) => id === first) && WORKSPACE_ID.test(first)) return first;
  throw invalid(given, 'the workspace id in ?o= is not a number');
}

/**
 * Refuses every origin that may not receive credentials: it must be HTTPS and match the connector's host pattern,
 * or are in the operator's list as `host[:port]` (HTTPS) or as a loopback `http://host:port`; `:*` is any port.
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED
 */
export function checkHost(origin: string, rules: { connector: Connector; allowedHosts: readonly string[] }): void {
  if (isListed(origin, rules.allowedHosts)) return;
  const url = URL.parse(origin);
  if (url !== null && url.protocol === 'https:' && hostPattern(rules.connector)?.test(url.host)) return;
  throw new ConnectorError('ERR_HOST_NOT_ALLOWED', `credentials cannot be sent to "${origin}"`, {
    hint: `It is neither an HTTPS host of ${rules.connector.manifest.title} nor listed in PENSTOCK_ALLOWED_HOSTS. Check the URL, or ask an operator to add the host.`,
    sent: 'no',
  });
}

/** Whether the operator listed this origin. `:*` stands for any port; an `http://` entry counts for loopback addresses only. */
export function isListed(origin: string, allowedHosts: readonly string[]): boolean {
  const asked = URL.parse(origin);
  if (asked === null) return false;
  return allowedHosts.some((entry) => {
    const text = entry.includes('://') ? entry : `https://${entry}`;
    const isAnyPort = text.endsWith(':*');
    const listed = URL.parse(isAnyPort ? text.slice(0, -2) : text);
    if (listed === null || (listed.protocol !== 'https:' && !isLoopbackHttp(listed))) return false;
    return isAnyPort
      ? listed.protocol === asked.protocol && listed.hostname === asked.hostname
      : listed.origin === asked.origin;
  });
}

/** Plain HTTP to this machine, the only plain HTTP there is. */
export function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK.test(url.hostname);
}

function hostPattern(connector: Connector): RegExp | undefined {
  const properties = connector.manifest.connection.properties as Record<string, { pattern?: string }> | undefined;
  const pattern = properties?.host?.pattern;
  return pattern === undefined ? undefined : new RegExp(pattern, 'u');
}

function invalid(given: string, reason: string): ConnectorError {
  return new ConnectorError('ERR_HOST_INVALID', `"${withoutSecrets(given)}" is not a workspace URL: ${reason}`, {
    hint: 'Use https:// and the host name, such as https://dbc-a1b2345c-d6e7.cloud.databricks.com.',
  });
}

/** What stands before an @ may be a password, whether or not the text is a URL, and so may a parameter. */
function withoutSecrets(given: string): string {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*:\/\/)/i.exec(given) ?? [];
  const at = given.lastIndexOf('@');
  const shown = at < scheme.length ? given : `${scheme}…${given.slice(at)}`;
  const rest = shown.search(/[?#]/);
  return rest === -1 ? shown : `${shown.slice(0, rest + 1)}…`;
}
