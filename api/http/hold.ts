import { isEnded, type Run } from '../../engine/runs/run.ts';
import { showRun } from '../../engine/runs/run-view.ts';
import { waitForRun } from '../../engine/runs/watch.ts';
import { readWait } from './prefer.ts';
import type { Answer, Call } from './route.ts';
import type { Serving } from './serving.ts';

/** What a route that answers with a run says of `Prefer` in OpenAPI. */
export const PREFER_HEADER = {
  Prefer: '`wait=SECONDS`, at most 60 (RFC 7240): wait for the run to end before responding.',
};
export const PREFER_ANSWER = {
  'Preference-Applied': 'How long the response may have been delayed.',
  Location: 'Path of the run.',
};

/** The subscription may take this much longer than the wait where Redis became unavailable meanwhile. */
const GRACE_MS = 1000;
const MS = 1000;

/**
 * Holds an answer with a run until the run ends, where the request prefers so: 200 with the ended run, or 202 with the run
 * as it is when the time is over or the server closes.
 */
export async function holdForEnd(serving: Serving, call: Call, made: Answer): Promise<Answer> {
  const held = await waitForEnd(serving, call, (made.body as { id: string }).id);
  if (held === undefined) return made;
  const headers = { ...made.headers, ...held.headers };
  if (held.run === undefined) return { ...made, headers };
  return { status: isEnded(held.run.status) ? 200 : 202, headers, body: showRun(held.run) };
}

/**
 * Waits for the end of a run as the request's `Prefer` says; undefined when it says nothing. `run` is as it is afterwards,
 * left out when that could not be read in time.
 */
export async function waitForEnd(
  { ctx, closing, watcher }: Serving,
  call: Call,
  id: string,
): Promise<{ run: Run | undefined; headers: Record<string, string> } | undefined> {
  const seconds = readWait(call.request.headers.prefer);
  if (seconds === undefined) return undefined;
  const gone = new AbortController();
  const giveUp = () => gone.abort();
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), seconds * MS + GRACE_MS);
  call.reply.raw.once('close', giveUp);
  closing.addEventListener('abort', giveUp, { once: true });
  try {
    const ms = closing.aborted ? 0 : seconds * MS;
    const run = await Promise.race([waitForRun(ctx, watcher(), { id, ms, signal: gone.signal }), tooLate]);
    return { run, headers: { 'preference-applied': `wait=${seconds}` } };
  } finally {
    clearTimeout(timer);
    call.reply.raw.off('close', giveUp);
    closing.removeEventListener('abort', giveUp);
  }
}
