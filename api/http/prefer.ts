import type { Call } from './route.ts';

/** RFC 7240: the most seconds a request is held. */
const MAX_WAIT_SECONDS = 60;

/** Seconds of `Prefer: wait=N`, at most 60; undefined when it is not asked for or cannot be read, as RFC 7240 wants. */
export function readWait(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  for (const preference of [header].flat().join(',').split(',')) {
    const [name = '', value = ''] = preference
      .split(';', 1)[0]!
      .split('=')
      .map((part) => part.trim());
    if (name.toLowerCase() !== 'wait') continue;
    const digits = /^"?(\d{1,9})"?$/.exec(value)?.[1];
    return digits === undefined ? undefined : Math.min(Number(digits), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** Whether a person waits for what a request starts: it asks to be held until the end, or comes from a browser session. */
export function isAwaited({ caller, request }: Pick<Call, 'caller' | 'request'>): boolean {
  return caller.isSession === true || readWait(request.headers.prefer) !== undefined;
}
