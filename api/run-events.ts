import { Readable } from 'node:stream';
import { stringifyAtEdge } from '../connector/json.ts';
import { showRun } from '../engine/run-view.ts';
import { getRun, isEnded, type Run, readRun } from '../engine/runs.ts';
import { type Route, route } from './route.ts';
import type { Serving } from './serving.ts';

/** Proxies cut connections that are silent for a minute. */
const KEEP_ALIVE_MS = 15_000;
/** Id of the event with which a stream ends. */
const LAST_ID = 'end';

/** `/v1/runs/{id}/events`: a run as it changes, as server-sent events. */
export function runEventRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route({
      method: 'GET',
      path: '/v1/runs/{id}/events',
      operation: 'watch_run',
      tag: 'Runs',
      summary: 'Follow a run until it ends.',
      description:
        'Server-sent events named `run`, each with the whole run as JSON: first as it is, then after each change. The stream ends with the run. A browser that reconnects after that gets 204, at which it stops.',
      requestHeaders: { 'Last-Event-ID': 'What a reconnecting browser sends; the present state comes again.' },
      isStream: true,
      answers: {
        200: { description: 'A stream of events.', content: 'text/event-stream' },
        204: { description: 'The run has ended, and its end was told.' },
      },
      async handle({ caller, params, request, reply }) {
        const run = await getRun(ctx, caller.tenant, params.id!);
        if (isEnded(run.status) && request.headers['last-event-id'] === LAST_ID) return { status: 204 };
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        return {
          status: 200,
          headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
          body: Readable.from(follow(serving, run, gone.signal), { objectMode: false }),
        };
      },
    }),
  ];
}

/** The text of the stream. Changes that come faster than the reader reads are brought together. */
async function* follow({ ctx, closing, watcher }: Serving, first: Run, gone: AbortSignal): AsyncGenerator<string> {
  const change = createBell();
  for (const signal of [closing, gone]) signal.addEventListener('abort', change.ring);
  let stop = () => {};
  try {
    let shown = eventOf(first);
    yield shown;
    if (isEnded(first.status)) return;
    stop = await watcher().listen(first.id, change.ring);
    // What changed before the subscription stood was not heard.
    for (let isHeard = true; !closing.aborted && !gone.aborted; isHeard = await change.heard(KEEP_ALIVE_MS)) {
      if (!isHeard) {
        yield ': keep-alive\n\n';
        continue;
      }
      const run = await readRun(ctx, first.id);
      if (run === undefined) return;
      const event = eventOf(run);
      if (event !== shown) yield event;
      shown = event;
      if (isEnded(run.status)) return;
    }
  } finally {
    stop();
    for (const signal of [closing, gone]) signal.removeEventListener('abort', change.ring);
  }
}

/** Remembers that something happened until it is heard of. */
function createBell(): { ring(): void; heard(limitMs: number): Promise<boolean> } {
  let isRung = false;
  let wake = () => {};
  return {
    ring() {
      isRung = true;
      wake();
    },
    /** True once it was rung since the last time, false after `limitMs`. */
    async heard(limitMs) {
      if (!isRung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, limitMs);
        await promise;
        clearTimeout(timer);
      }
      const wasRung = isRung;
      isRung = false;
      return wasRung;
    },
  };
}

function eventOf(run: Run): string {
  const id = isEnded(run.status) ? LAST_ID : `${run.id}.${run.status}`;
  return `event: run\nid: ${id}\ndata: ${stringifyAtEdge(showRun(run))}\n\n`;
}
