import { setGlobalProxyFromEnv } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { ConnectorError } from './errors.ts';

/** The proxies of the environment, and what goes past them. */
export interface Proxies {
  https: string | undefined;
  http: string | undefined;
  /** Whether NO_PROXY names this host. */
  isDirect(url: URL): boolean;
}

const LOOPBACK = /^(localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/;

const IPV4_BITS = 32;
const BYTE = 256;

export const NO_PROXIES: Proxies = Object.freeze({ https: undefined, http: undefined, isDirect: () => true });

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in lower case first, as other tools do. NO_PROXY holds names (which mean what is below
 * them, too), addresses and ranges, each with a port when only that is meant; `*` is everything.
 * @throws ConnectorError ERR_CONFIG for a proxy that is not an http or https URL; never with its text, which may hold a password
 */
export function readProxies(env: Readonly<Record<string, string | undefined>>): Proxies {
  const rules = rulesOf(env);
  return {
    https: checked(env, 'HTTPS_PROXY'),
    http: checked(env, 'HTTP_PROXY'),
    isDirect: (url) => rules.some((rule) => holds(rule, url)),
  };
}

function rulesOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter((entry) => entry !== '');
}

/** A rule as Node reads it: a name does not mean what is below it there, and a range has its two ends. */
function forNode(rule: string): string[] {
  const [, network = '', prefix = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(rule) ?? [];
  if (isIP(network) === 4 && Number(prefix) <= IPV4_BITS) {
    const size = 2 ** (IPV4_BITS - Number(prefix));
    const number = network.split('.').reduce((sum, byte) => sum * BYTE + Number(byte), 0);
    const first = Math.floor(number / size) * size;
    return [`${dotted(first)}-${dotted(first + size - 1)}`];
  }
  return /^[a-z]/i.test(rule) ? [rule, `.${rule}`] : [rule];
}

function dotted(number: number): string {
  return [3, 2, 1, 0].map((place) => Math.floor(number / BYTE ** place) % BYTE).join('.');
}

/**
 * Lets `fetch` and the global agents of this process go through the proxies, too: the CLI's, and the artifact store's. Called when a
 * process starts, before a global agent is used.
 * Node reads names and ranges in a form of its own; it knows no ranges of IPv6.
 */
export function useProxiesForFetch(env: Readonly<Record<string, string | undefined>>): void {
  const { https, http: plain } = readProxies(env);
  if (https === undefined && plain === undefined) return;
  setGlobalProxyFromEnv({ https_proxy: https, http_proxy: plain, no_proxy: noProxyOfNode(env) });
}

/** NO_PROXY with the meaning that it has here, as Node reads it, and loopback. */
export function noProxyOfNode(env: Readonly<Record<string, string | undefined>>): string {
  const loopback = ['localhost', '.localhost', '127.0.0.0-127.255.255.255', '::1', '[::1]'];
  return [...rulesOf(env).flatMap(forNode), ...loopback].join(',');
}

/** The proxy that a request to this URL goes through. Loopback never goes through one. */
export function proxyFor(url: URL, proxies: Proxies): string | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === undefined || LOOPBACK.test(url.hostname) || proxies.isDirect(url)) return undefined;
  return proxy;
}

function checked(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const text = env[name.toLowerCase()] || env[name];
  if (!text) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && url.hostname !== '' && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  throw new ConnectorError('ERR_CONFIG', `${name} is not the URL of a proxy`, {
    hint: 'Set it to http://[user:password@]host:port, with user and password percent-encoded.',
  });
}

function holds(rule: string, url: URL): boolean {
  if (rule === '*') return true;
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*|[0-9a-f:]*:[0-9a-f:/]*)(?::(\d+))?$/i.exec(rule) ?? [];
  const isSamePort = port === '' || port === (url.port || (url.protocol === 'https:' ? '443' : '80'));
  return isSamePort && isBelow(bare(url.hostname), canonical(name));
}

function isBelow(host: string, name: string): boolean {
  if (name.includes('/')) return isInRange(host, name);
  const domain = name.replace(/^\*?\.+/, '');
  return domain !== '' && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)));
}

function isInRange(host: string, range: string): boolean {
  const [network = '', prefix = ''] = range.split('/');
  const [version, other] = [isIP(network), isIP(host)];
  if (version === 0 || version !== other || !/^\d{1,3}$/.test(prefix)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (Number(prefix) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(host, family);
}

/** A rule's name as a URL has it: an address in its shortest form, a name in ASCII. */
function canonical(name: string): string {
  const plain = bare(name);
  if (plain.includes('/')) return plain;
  const host = plain.replace(/^\*?\.*/, '');
  const dots = plain.slice(0, plain.length - host.length);
  const url = URL.parse(`http://${isIP(host) === 6 ? `[${host}]` : host}`);
  return url === null || url.hostname === '' ? plain : dots + bare(url.hostname);
}

function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
