import { invalid } from './errors.ts';

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_page_token?: string;
  prev_page_token?: string;
}

/**
 * Cuts a page out of a list. A token is opaque, and good for the list and the parameters it was given for only.
 * @throws ApiError INVALID_PARAMETER_VALUE for a token of another list.
 */
export function pageOf<T>(
  items: T[],
  request: { list: string; token: unknown; size: number; offset?: number },
): Page<T> {
  const start = request.token === undefined ? (request.offset ?? 0) : readToken(request.token, request.list);
  const end = start + request.size;
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { next_page_token: writeToken(request.list, end) } : {}),
    ...(start > 0 ? { prev_page_token: writeToken(request.list, Math.max(0, start - request.size)) } : {}),
  };
}

function writeToken(list: string, offset: number): string {
  return Buffer.from(JSON.stringify([list, offset])).toString('base64url');
}

function readToken(token: unknown, list: string): number {
  try {
    const [of, offset] = JSON.parse(Buffer.from(String(token), 'base64url').toString()) as [string, number];
    if (of === list && Number.isInteger(offset)) return offset;
  } catch {
    // not a token at all: refused below
  }
  throw invalid(`'page_token' is not one that this list gave with these parameters: '${token}'.`);
}
