import { ConnectorError } from '../../connector/errors.ts';

/** Where Redis is, and how to reach it. */
export interface RedisTarget {
  kind: 'single' | 'sentinel' | 'cluster';
  isTls: boolean;
  /** One, of `single`. IPv6 addresses have no brackets. */
  nodes: readonly { host: string; port: number }[];
  credentials: { username?: string; password?: string };
  /** Of the Sentinels themselves. */
  sentinelCredentials: { sentinelUsername?: string; sentinelPassword?: string };
  db: number;
  /** Of `sentinel`: the name of the group. */
  group: string;
  /** The URL without credentials, for messages. */
  shown: string;
}

const SCHEMES: Record<string, Pick<RedisTarget, 'kind' | 'isTls'>> = {
  redis: { kind: 'single', isTls: false },
  rediss: { kind: 'single', isTls: true },
  'redis+tls': { kind: 'single', isTls: true },
  'redis+sentinel': { kind: 'sentinel', isTls: false },
  'rediss+sentinel': { kind: 'sentinel', isTls: true },
  'redis+sentinel+tls': { kind: 'sentinel', isTls: true },
  'redis+cluster': { kind: 'cluster', isTls: false },
  'rediss+cluster': { kind: 'cluster', isTls: true },
  'redis+cluster+tls': { kind: 'cluster', isTls: true },
};
const PARAMETERS = ['username', 'password', 'db', 'sentinel_username', 'sentinel_password'] as const;
const DEFAULT_PORT = 6379;
const DEFAULT_GROUP = 'mymaster';
const HOW_TO =
  'Use redis://[user:password@]host:port[/db], redis+sentinel://host:port,host:port/group[/db] or redis+cluster://host:port,host:port, with TLS rediss:// or +tls before ://. Percent-encode all characters in user and password except letters and digits: @ is %40, : is %3A, / is %2F, # is %23.';

/**
 * Reads REDIS_URL. Names and passwords are percent-decoded; a colon or an @ in a password may stand as it is.
 * @throws ConnectorError ERR_CONFIG for a form that is not known. What may be a credential is never in its text, and of a URL
 * that cannot be read everything may be.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^([a-z][a-z0-9+.-]{0,30}):\/\/([^/?#]*)((?:\/[^?#]*)?)(\?[^#]*)?$/i.exec(text.trim()) ?? [];
  const form = SCHEMES[scheme.toLowerCase()];
  if (form === undefined) {
    const isOther = scheme !== '' && authority !== '';
    throw wrong(isOther ? `starts with "${scheme}://", which is not supported` : 'is not a valid URL');
  }
  const at = authority.lastIndexOf('@');
  const userInfo = authority.slice(0, at + 1);
  const texts = authority.slice(at + 1).split(',');
  if (form.kind === 'single' && texts.length > 1) throw wrong(`names ${texts.length} servers`);
  const urls = texts.map((node) => URL.parse(`redis://${userInfo}${node}`));
  const [first] = urls;
  const isRead = urls.every((url) => url !== null && url.hostname !== '' && url.pathname === '');
  if (first == null || !isRead || path.includes('@') || query.includes('@')) throw wrong('cannot be read');
  if (form.kind !== 'single' && urls.some((url) => url!.port === '')) throw wrong('requires host:port for each server');
  const given = parametersOf(query);
  const { group, db } = placeOf(form.kind, path, given.db);
  const nodes = urls.map((url) => ({
    host: url!.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url!.port) || DEFAULT_PORT,
  }));
  return {
    ...form,
    nodes,
    credentials: {
      ...optional('username', given.username ?? decode(first.username)),
      ...optional('password', given.password ?? decode(first.password)),
    },
    sentinelCredentials: {
      ...optional('sentinelUsername', given.sentinel_username),
      ...optional('sentinelPassword', given.sentinel_password),
    },
    db,
    group,
    shown: `${scheme}://${texts.join(',')}${path}`,
  };
}

/** The URL without credentials, for messages; nothing of one that cannot be read. */
export function hideCredentials(url: string): string {
  try {
    return parseRedisUrl(url).shown;
  } catch {
    return 'REDIS_URL';
  }
}

function placeOf(kind: RedisTarget['kind'], path: string, given: string | undefined): { group: string; db: number } {
  const parts = path.split('/').slice(1);
  const group = (kind === 'sentinel' ? parts.shift() : undefined) || DEFAULT_GROUP;
  const [db = ''] = parts;
  const wanted = db || given || '0';
  if (parts.length > 1 || !/^\d{1,4}$/.test(wanted)) throw wrong('has a path that is not a database number');
  if (kind === 'cluster' && wanted !== '0') throw wrong('names a database, but a cluster supports only database 0');
  return { group: decode(group), db: Number(wanted) };
}

function parametersOf(query: string): Partial<Record<(typeof PARAMETERS)[number], string>> {
  const given = [...new URLSearchParams(query)];
  const known = given.every(([name]) => (PARAMETERS as readonly string[]).includes(name));
  if (!known) throw wrong(`has an unknown parameter; supported parameters are ${PARAMETERS.join(', ')}`);
  return Object.fromEntries(given);
}

function optional<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<K, string>);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('has a % that does not start a percent-encoded character');
  }
}

function wrong(why: string): ConnectorError {
  return new ConnectorError('ERR_CONFIG', `REDIS_URL ${why}`, { hint: HOW_TO });
}
