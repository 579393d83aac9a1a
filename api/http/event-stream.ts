import { Readable } from 'node:stream';
import { takeHeldPlace } from '../../engine/access/held-places.ts';
import { isSuspended } from '../../engine/access/tenant-cache.ts';
import { showApprovalLinks } from './approval-links.ts';
import { createNotifier } from './notifier.ts';
import type { Answer, Call } from './route.ts';
import type { Serving } from './serving.ts';

/** Proxies cut connections that are silent for a minute. */
const KEEP_ALIVE_MS = 15_000;

/** What a stream of server-sent events tells. */
export interface EventSource {
  /** Subscribes; the returned function ends it. What changed before it stands is asked for once more. */
  listen(changed: () => void): Promise<() => void>;
  /** The text of the events since the last time, and whether the stream ends with them. Asked at the start and after changes. */
  next(): Promise<{ text: string; isLast: boolean }>;
  /** What is sent beside the comment that keeps a silent stream open. */
  idle?(): string;
}

/** One event as text; `data` has no line break, being JSON. */
export function eventText(event: { name: string; id: string; data: string }): string {
  return `event: ${event.name}\nid: ${event.id}\ndata: ${event.data}\n\n`;
}

/**
 * The answer that stays open and tells what comes from `source`, with comments in between against silence. It ends with its
 * last event, with its reader, with the server, and within 15 seconds after the tenant is suspended; changes that come faster than the reader reads are brought together.
 * @throws ConnectorError ERR_QUOTA_BUSY when the tenant has too many streams open
 */
export async function eventStream({ ctx, closing }: Serving, call: Call, source: EventSource): Promise<Answer> {
  const { tenant } = call.caller;
  const gone = new AbortController();
  call.reply.raw.once('close', () => gone.abort());
  const place = await takeHeldPlace(ctx, tenant, 'streams');
  // It may have gone meanwhile, and no answer would be sent that ends.
  if (call.reply.raw.destroyed) place.release();
  else call.reply.raw.once('close', place.release);
  const seen: EventSource = {
    ...source,
    async next() {
      const { text, isLast } = await source.next();
      return { text: await showApprovalLinks(ctx, text, call.caller), isLast };
    },
  };
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    body: Readable.from(
      follow(seen, [closing, gone.signal], { renew: place.renew, isOver: () => isSuspended(ctx, tenant) }),
      { objectMode: false },
    ),
  };
}

async function* follow(
  source: EventSource,
  ends: readonly AbortSignal[],
  { renew, isOver }: { renew: () => void; isOver: () => boolean | Promise<boolean> },
): AsyncGenerator<string> {
  const notifier = createNotifier();
  for (const end of ends) end.addEventListener('abort', notifier.notify);
  let stop = () => {};
  try {
    const first = await source.next();
    // The headers leave with the first bytes.
    yield first.text === '' ? ': begun\n\n' : first.text;
    if (first.isLast) return;
    stop = await source.listen(notifier.notify);
    for (let isNotified = true; !ends.some((end) => end.aborted); isNotified = await notifier.notified(KEEP_ALIVE_MS)) {
      if (await isOver()) return;
      renew();
      if (!isNotified) {
        yield `: keep-alive\n\n${source.idle?.() ?? ''}`;
        continue;
      }
      const { text, isLast } = await source.next();
      if (text !== '') yield text;
      if (isLast) return;
    }
  } finally {
    stop();
    for (const end of ends) end.removeEventListener('abort', notifier.notify);
  }
}
