import { ConnectorError } from './errors.ts';
import type { BuiltRequest } from './request.ts';

const ENCODED_DOTS = /(\/|%2f|%5c)(\.|%2e){1,2}(\/|%2f|%5c|$)/i;

/**
 * The URL of a request at a base URL, without credentials. A `link` that a service named is resolved as RFC 3986 says, and stays on the
 * host and under the path of the base URL: credentials go nowhere else. So does every path with `within`.
 * @throws ConnectorError ERR_RESPONSE_INVALID for a link that leads elsewhere, ERR_INPUT_INVALID for a path that is not allowed
 */
export function requestUrl(base: string, request: Pick<BuiltRequest, 'path' | 'link' | 'within'>): string {
  const { path, link, within } = request;
  const url = link === undefined ? `${base}${path}` : linkedUrl(base, path, link);
  if (within !== undefined && within.length > 0)
    checkPath(url.slice(base.length), { within, isLink: link !== undefined });
  return url;
}

function linkedUrl(base: string, path: string, link: string): string {
  const own = new URL(base);
  const prefix = withoutSlash(own.pathname);
  const url = URL.parse(link, `${base}${path}`);
  const isOwn = url !== null && url.origin === own.origin && url.username === '' && url.password === '';
  if (isOwn && !ENCODED_DOTS.test(url.pathname) && url.pathname.startsWith(`${prefix}/`))
    return `${own.origin}${url.pathname}${url.search}`;
  throw new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `the next page is not on the same host, under ${base}, so it is not followed`,
    { hint: 'Credentials are only sent to the base URL of the linked account.', sent: 'answered' },
  );
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Refuses a path that is no prefix and lies below none, segment by segment. @throws ConnectorError */
function checkPath(path: string, { within, isLink }: { within: readonly string[]; isLink: boolean }): void {
  const route = path.split('?')[0]!;
  // Some servers decode before they resolve.
  const isAllowed =
    !ENCODED_DOTS.test(route) &&
    within.some((each) => {
      const prefix = withoutSlash(each);
      return route === prefix || route.startsWith(`${prefix}/`);
    });
  if (isAllowed) return;
  const message = `is not one of the allowed paths of the linked account: ${within.join(', ')}`;
  if (isLink)
    throw new ConnectorError('ERR_RESPONSE_INVALID', `the path of the next page ${message}`, { sent: 'answered' });
  throw new ConnectorError('ERR_INPUT_INVALID', `"/path" ${message}`, {
    errors: [{ pointer: '/path', message }],
    sent: 'no',
  });
}
