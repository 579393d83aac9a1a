import { ConnectorError } from '../connector/errors.ts';
import { nextLink } from '../connector/link-header.ts';
import type { Action, ActionManifest, PagesManifest, RequestTemplate } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import { type BuiltRequest, buildRequest } from '../connector/request.ts';
import { readPath, resolveTemplate, type Scopes } from '../connector/template.ts';

/** What the pages of a list came to; the scopes that a `result` reads. */
export interface Pages {
  last: unknown;
  items?: unknown[];
  pages: { more: boolean; count: number; next?: unknown };
}

/** An answer with a page: `headers` for those that name the next page there. */
export type PageAnswer = Pick<Outcome, 'body'> & Partial<Pick<Outcome, 'headers'>>;

/** Where a list stands between two requests. */
export interface Position {
  count: number;
  /** Token, start index or link of the next request; missing before the first. */
  next?: unknown;
}

/** No list of a real workspace has so many pages; a service that never ends one is not followed forever. */
const MAX_PAGES = 10_000;

/** The request for one page: the action's own, with the place to continue at and the size asked for. */
export function pageRequest(
  { manifest }: { manifest: Pick<ActionManifest, 'request' | 'pages'> },
  scopes: Scopes,
  position: Position,
): BuiltRequest {
  const { request, pages } = manifest as { request: RequestTemplate; pages: PagesManifest };
  if (isManual(pages, scopes)) return buildRequest(request, scopes);
  if (isLinked(pages) && position.next !== undefined) {
    const { body: _body, body_type: _type, ...rest } = request;
    const first = buildRequest({ ...rest, method: 'GET' }, scopes);
    return { ...first, link: linkOf(position.next) };
  }
  const extra: Record<string, unknown> = {};
  if (pages.param !== undefined) {
    const place = position.next ?? (isCounted(pages) ? startOf(pages) : undefined);
    if (place !== undefined) extra[pages.param] = place;
  }
  // Page numbers only count pages of one size.
  const size = askedSize(pages, limitOf(pages, scopes) - (pages.style === 'page' ? 0 : position.count));
  if (pages.size_param !== undefined && size !== undefined) extra[pages.size_param] = size;
  return buildRequest(request, scopes, extra);
}

/**
 * Follows a list from its first page to its end or to the limit. Empty pages do not end a list that names a next one.
 * @throws ConnectorError ERR_RESPONSE_INVALID when a page has no list, names itself as the next, or the list never ends
 */
export async function readPages(
  action: Action,
  scopes: Scopes,
  first: PageAnswer,
  send: (request: BuiltRequest) => Promise<Outcome>,
): Promise<Pages> {
  const pages = action.manifest.pages!;
  const follow = (position: Position) => send(pageRequest(action, scopes, position));
  if (isManual(pages, scopes)) return onePage(pages, first);
  return pages.merge === undefined
    ? collect(pages, { first, limit: limitOf(pages, scopes), follow })
    : merge(pages, first.body, async (position) => (await follow(position)).body);
}

/** The URL of a next page, as a service names it; where it may lead is checked when it is sent. @throws ConnectorError ERR_RESPONSE_INVALID */
export function linkOf(link: unknown): string {
  if (typeof link === 'string') return link;
  throw new ConnectorError('ERR_RESPONSE_INVALID', 'the next page is not a URL, so it is not followed', {
    sent: 'answered',
  });
}

/** A path on the account's own host, as a service names a next page. @throws ConnectorError ERR_RESPONSE_INVALID for anything else */
export function ownPath(link: unknown): string {
  if (
    typeof link === 'string' &&
    /^\/(?![/\\])[\x21-\x7e]*$/.test(link) &&
    URL.parse(link, 'https://own')?.origin === 'https://own'
  )
    return link;
  throw new ConnectorError(
    'ERR_RESPONSE_INVALID',
    'the next page is not a path on the same host, so it is not followed',
    { sent: 'answered' },
  );
}

/** Follows a list of which the first page is here. `follow` sends for the page that begins at a position. @throws as `readPages` */
export async function collect(
  pages: Pick<PagesManifest, 'style' | 'items' | 'next' | 'start' | 'total'>,
  run: { first: PageAnswer; limit: number; follow: (position: Position) => Promise<PageAnswer> },
): Promise<Pages> {
  const items: unknown[] = [];
  let answer = run.first;
  let start = startOf(pages);
  let sent: unknown;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { body } = answer;
    const list = listOf(pages, body);
    for (const item of list) items.push(item);
    const next = nextOf(pages, answer, { start, received: list.length, count: items.length });
    if (items.length > run.limit) {
      items.length = run.limit;
      return { last: body, items, pages: { more: true, count: run.limit } };
    }
    if (next === undefined || items.length === run.limit)
      return { last: body, items, pages: closing(items.length, next) };
    if (next === sent)
      throw new ConnectorError('ERR_RESPONSE_INVALID', 'the service returned the same next page again', {
        sent: 'answered',
      });
    sent = next;
    if (typeof next === 'number') start = next;
    answer = await run.follow({ count: items.length, next });
  }
  throw endless();
}

/** One object whose lists continue over several pages: the first body, with each list whole. */
async function merge(
  pages: PagesManifest,
  first: unknown,
  follow: (position: Position) => Promise<unknown>,
): Promise<Pages> {
  const whole = first as Record<string, unknown>;
  let body = first;
  let sent: unknown;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const next = textOf(readPath(body, pages.next!));
    if (next === undefined) {
      remove(whole, pages.next!);
      return { last: whole, pages: { more: false, count: page } };
    }
    if (next === sent)
      throw new ConnectorError('ERR_RESPONSE_INVALID', 'the service returned the same next page again', {
        sent: 'answered',
      });
    sent = next;
    body = await follow({ count: 0, next });
    for (const path of pages.merge!) appendList(whole, path, readPath(body, path));
  }
  throw endless();
}

function onePage(pages: PagesManifest, answer: PageAnswer): Pages {
  const { body } = answer;
  if (pages.merge !== undefined) return { last: body, pages: closing(1, textOf(readPath(body, pages.next!))) };
  const items = listOf(pages, body);
  const start =
    typeof readPath(body, 'startIndex') === 'number' ? (readPath(body, 'startIndex') as number) : startOf(pages);
  const next = nextOf(pages, answer, { start, received: items.length, count: items.length });
  return { last: body, items, pages: closing(items.length, next) };
}

function closing(count: number, next: unknown): Pages['pages'] {
  return next === undefined ? { more: false, count } : { more: true, count, next };
}

function nextOf(
  pages: Pick<PagesManifest, 'style' | 'next' | 'start' | 'total'>,
  { body, headers = {} }: PageAnswer,
  page: { start: number; received: number; count: number },
): unknown {
  if (pages.style === 'link_header') return nextLink(headers.link);
  if (!isCounted(pages)) return textOf(readPath(body, pages.next!));
  if (page.received === 0) return undefined;
  const total = pages.total === undefined ? undefined : readPath(body, pages.total);
  if (pages.style === 'page') return typeof total === 'number' && page.count >= total ? undefined : page.start + 1;
  const next = page.start + page.received;
  return typeof total === 'number' && next - startOf(pages) >= total ? undefined : next;
}

/** A missing list is an empty page: some services leave empty lists out. */
export function listOf(pages: Pick<PagesManifest, 'items'>, body: unknown): unknown[] {
  const list = pages.items === undefined ? body : readPath(body, pages.items);
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list;
  throw new ConnectorError(
    'ERR_RESPONSE_INVALID',
    `${pages.items === undefined ? 'the response' : `"${pages.items}" in the response`} of the service is not a list`,
    {
      sent: 'answered',
    },
  );
}

/** Whether each page is a list itself, not an object with one. */
export function isBareList({ style, items, merge }: PagesManifest): boolean {
  return style !== 'chunks' && items === undefined && merge === undefined;
}

function isLinked({ style }: Pick<PagesManifest, 'style'>): boolean {
  return style === 'link' || style === 'link_header';
}

function isCounted({ style }: Pick<PagesManifest, 'style'>): boolean {
  return style === 'offset' || style === 'page';
}

/** Pages are counted from 1, items from 0. */
function startOf({ style, start }: Pick<PagesManifest, 'style' | 'start'>): number {
  return start ?? (style === 'page' ? 1 : 0);
}

function isManual(pages: PagesManifest, scopes: Scopes): boolean {
  return (pages.manual ?? []).some((name) => readPath(scopes.input, name) !== undefined);
}

function limitOf(pages: PagesManifest, scopes: Scopes): number {
  const limit = pages.limit === undefined ? undefined : resolveTemplate(pages.limit, scopes);
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
}

function askedSize(pages: PagesManifest, left: number): number | undefined {
  const size = Math.min(pages.size ?? Number.POSITIVE_INFINITY, left);
  return Number.isFinite(size) ? size : undefined;
}

function textOf(value: unknown): unknown {
  return value === '' || value === null ? undefined : value;
}

function appendList(whole: Record<string, unknown>, path: string, more: unknown): void {
  if (!Array.isArray(more)) return;
  const list = readPath(whole, path);
  if (Array.isArray(list)) {
    for (const item of more) list.push(item);
    return;
  }
  const steps = path.split('.');
  const name = steps.pop()!;
  let target = whole;
  for (const step of steps) {
    target[step] ??= {};
    target = target[step] as Record<string, unknown>;
  }
  target[name] = more;
}

function remove(whole: Record<string, unknown>, path: string): void {
  const steps = path.split('.');
  const name = steps.pop()!;
  const parent = steps.length === 0 ? whole : readPath(whole, steps.join('.'));
  if (parent !== null && typeof parent === 'object') delete (parent as Record<string, unknown>)[name];
}

function endless(): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `the list of the service has more than ${MAX_PAGES} pages`, {
    sent: 'answered',
  });
}
