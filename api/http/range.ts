/** Bytes from `start` to `end`, both of them included. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The one range of a Range header over `size` bytes. Undefined when there is none to be heeded (RFC 9110 section 14.2 lets a
 * server pass over several ranges, other units and what it cannot read); `outside` when it touches no byte.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? 'outside' : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'outside' : { start, end };
}
