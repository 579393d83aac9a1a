import { ConnectorError } from './errors.ts';
import type { Connector } from './manifest.ts';

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What an address is called where it is wrong. */
export interface AddressField {
  title: string;
  /** A host name. */
  example?: string | undefined;
  /** Whether a host name is a secret that was pasted into the wrong field. */
  isSecret?: ((host: string) => boolean) | undefined;
}

const ANY: AddressField = { title: 'Base URL' };

/**
 * The origin of what a person pastes: a bare name, a URL with path or query, any case.
 * Says nothing about whether credentials may go there; `checkHost` does.
 * @throws ConnectorError ERR_HOST_MISSING, ERR_HOST_INVALID
 */
export function normalizeHost(text: string, field: AddressField = ANY): string {
  return parseAddress(text, field).origin;
}

/** As `normalizeHost`, with the path and without the slash at its end. @throws as `normalizeHost`, also for a query */
export function normalizeUrl(text: string, field: AddressField = ANY): string {
  const { origin, url } = parseAddress(text, field);
  if (url.search !== '' || url.hash !== '') throw invalidAddress(text, 'it must not contain a query', field);
  return `${origin}${withoutSlashes(url.pathname)}`;
}

/** A text without the slashes at its end. */
export function withoutSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

function parseAddress(text: string, field: AddressField): { origin: string; url: URL } {
  const given = text.trim();
  const invalid = (shown: string, reason: string) => invalidAddress(shown, reason, field);
  if (given === '') {
    throw new ConnectorError('ERR_HOST_MISSING', `the ${called(field)} is missing`, {
      hint: `Use the address that you see in the browser${suchAs(field)}.`,
    });
  }
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  if (url === null) throw invalid(given, 'it is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(given, 'it must start with https://');
  if (url.username !== '' || url.password !== '') throw invalid(given, 'it must not contain a user name or password');
  if (field.isSecret?.(url.hostname) === true)
    throw invalid(`${url.hostname.slice(0, 4)}…`, 'it is a token; put it in the field for the token');
  if (!/^[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/.test(url.hostname))
    throw invalid(given, 'the host name contains characters that are not allowed');
  const name = url.hostname.replace(/\.$/, '');
  return { origin: `${url.protocol}//${name}${url.port === '' ? '' : `:${url.port}`}`, url };
}

/**
 * Refuses every origin that may not receive credentials: it must be HTTPS and a host of the connector's base URL `base` (default:
 * `api`) or of `isHost`, or be in the operator's list as `host[:port]` (HTTPS) or as a loopback `http://host:port`; `:*` is any port.
 * @throws ConnectorError ERR_HOST_NOT_ALLOWED
 */
export function checkHost(
  origin: string,
  rules: {
    connector: Pick<Connector, 'manifest' | 'baseUrls'>;
    allowedHosts: readonly string[];
    base?: string;
    isHost?: (host: string) => boolean;
  },
): void {
  if (isListed(origin, rules.allowedHosts)) return;
  const url = URL.parse(origin);
  const { connector, base = 'api', isHost = (host) => connector.baseUrls.get(base)?.isHost(host) ?? false } = rules;
  if (url !== null && url.protocol === 'https:' && isHost(url.host)) return;
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

/** The error of an address that cannot be read; secrets in it are not repeated. */
export function invalidAddress(given: string, reason: string, field: AddressField): ConnectorError {
  return new ConnectorError('ERR_HOST_INVALID', `"${withoutSecrets(given)}" is not a ${called(field)}: ${reason}`, {
    hint: `Use https:// and the host name${suchAs(field)}.`,
  });
}

/** `Workspace URL` as `workspace URL`. */
function called({ title }: AddressField): string {
  return `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}

function suchAs({ example }: AddressField): string {
  return example === undefined ? '' : `, such as ${example.includes('://') ? example : `https://${example}`}`;
}

/** What stands before an @ may be a password, whether or not the text is a URL, and so may a parameter. */
function withoutSecrets(given: string): string {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*:\/\/)/i.exec(given) ?? [];
  const at = given.lastIndexOf('@');
  const shown = at < scheme.length ? given : `${scheme}…${given.slice(at)}`;
  const rest = shown.search(/[?#]/);
  return rest === -1 ? shown : `${shown.slice(0, rest + 1)}…`;
}
