import type { Readable } from 'node:stream';
import type { Io } from '../../../actions/call.ts';
import { ownPath } from '../../../actions/pages.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { isConnectionHeader } from '../../../connector/headers.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';

/** One chunk of a statement's result as the service describes it: rows inline, or a link to them. */
export interface Chunk {
  index: number;
  rowCount: number | undefined;
  rows?: unknown[][];
  link?: Link;
  next?: { index: number; path?: unknown };
}

interface Link {
  url: string;
  headers: Record<string, string>;
  /** Epoch ms; links live at most 15 minutes. */
  expiresAt: number | undefined;
}

const NO_LONGER_VALID = new Set([400, 401, 403, 404, 410]);
/** A link that ends within this time is asked for again: the request still has to get there. */
const EXPIRY_MARGIN_MS = 30_000;
const CREDENTIALS = /^(authorization|cookie)$/i;
const MAX_LINKS = 3;

/** Reads a `result` object, of the statement itself or of one chunk. A statement without rows gives an empty chunk. */
export function readChunk(result: unknown): Chunk {
  const external = readPath(result, 'external_links.0');
  const source = external ?? result;
  const index = integer(readPath(source, 'chunk_index')) ?? 0;
  const next = integer(readPath(source, 'next_chunk_index'));
  const path = readPath(source, 'next_chunk_internal_link');
  const rows = readPath(result, 'data_array');
  if (rows !== undefined && rows !== null && !Array.isArray(rows)) throw unexpected('"data_array" is not a list');
  return {
    index,
    rowCount: integer(readPath(source, 'row_count')),
    ...(external === undefined ? { rows: (rows ?? []) as unknown[][] } : { link: readLink(external) }),
    ...(next === undefined && !path ? {} : { next: { index: next ?? index + 1, ...(path ? { path } : {}) } }),
  };
}

/** Asks for one chunk: its rows, or a fresh link to them. */
export async function fetchChunk(io: Io, statementId: string, next: { index: number; path?: unknown }): Promise<Chunk> {
  const request =
    next.path === undefined
      ? buildRequest(
          { method: 'GET', path: '/api/2.0/sql/statements/{start.statement_id}/result/chunks/{start.index}' },
          { start: { statement_id: statementId, index: next.index } },
        )
      : buildRequest({ method: 'GET', path: ownPath(next.path) }, {});
  const chunk = readChunk((await io.send(request, 'page')).body);
  if (chunk.index !== next.index)
    throw unexpected(`chunk ${next.index} was requested, but chunk ${chunk.index} was returned`);
  return chunk;
}

/** Opens a chunk's link; one that has expired, or is refused, is asked for again. */
export async function openLink(io: Io, statementId: string, chunk: Chunk & { link: Link }): Promise<Readable> {
  let { link } = chunk;
  for (let attempt = 1; ; attempt += 1) {
    if (link.expiresAt === undefined || link.expiresAt - EXPIRY_MARGIN_MS > io.now()) {
      const { status, body } = await io.fetchLink({ url: link.url, headers: link.headers });
      if (status >= 200 && status < 300) return body;
      body.destroy();
      if (!NO_LONGER_VALID.has(status) || attempt === MAX_LINKS) throw refusedLink(status, chunk.index);
    } else if (attempt > MAX_LINKS)
      throw unexpected(`the links to chunk ${chunk.index} have already expired; check the clock`);
    const fresh = await fetchChunk(io, statementId, { index: chunk.index });
    if (fresh.link === undefined) throw unexpected(`chunk ${chunk.index} no longer has a link`);
    link = fresh.link;
  }
}

/** Credentials and headers of the connection never go to a link: whatever else the service asks to send along does. */
function readLink(external: unknown): Link {
  const url = readPath(external, 'external_link');
  if (typeof url !== 'string' || !isFetchable(url)) throw unexpected('a link is not an https URL');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries((readPath(external, 'http_headers') as object | undefined) ?? {})) {
    if (!isConnectionHeader(name) && !CREDENTIALS.test(name) && typeof value === 'string') headers[name] = value;
  }
  const expiration = readPath(external, 'expiration');
  const expiresAt = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  return { url, headers, expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
}

/** Plain http is only for a workspace on this machine. */
function isFetchable(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'https:') return true;
  return parsed?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(parsed.hostname);
}

function integer(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

function refusedLink(status: number, index: number): ConnectorError {
  return new ConnectorError('ERR_UPSTREAM', `the storage responded ${status} for chunk ${index} of the result`, {
    kind: status >= 500 || status === 429 ? 'temporary' : 'failed',
    upstream: { status },
    sent: 'answered',
  });
}

function unexpected(what: string): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `the result of the statement is not as expected: ${what}`, {
    sent: 'answered',
  });
}
