import type { Evaluated, Question } from './evaluate.worker.ts';

/** An expression that takes longer is ended with its worker. */
const MAX_MS = 500;
/** Loading the evaluator. */
const MAX_LOAD_MS = 10_000;

export type { Evaluated };
export interface Asked extends Question {
  scope: NonNullable<Question['scope']>;
}

/** A worker that is loaded and has nothing to do, and the scope that it has. */
let idle: { worker: Worker; scope?: object | undefined } | undefined;

/**
 * Evaluates a text with expressions as the engine does, in a worker that is ended after 500 ms. A scope that is the same object as
 * before is not sent again: it may have megabytes. Never rejects.
 */
export async function evaluateTemplate({ scope, ...question }: Asked, signal: AbortSignal): Promise<Evaluated> {
  const ready = idle ?? (await load());
  idle = undefined;
  if (ready === undefined) return { problem: 'The preview could not be loaded.' };
  const { worker } = ready;
  return new Promise((resolve) => {
    const end = (result: Evaluated, isUsable: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      worker.onmessage = null;
      if (isUsable && idle === undefined) idle = ready;
      else worker.terminate();
      resolve(result);
    };
    const abort = () => end({ problem: 'It was not evaluated.' }, false);
    const timer = setTimeout(
      () => end({ problem: 'It takes too long: it was ended after half a second.' }, false),
      MAX_MS,
    );
    worker.onmessage = ({ data }: MessageEvent<Evaluated>) => end(data, true);
    worker.onerror = () => end({ problem: 'The preview failed.' }, false);
    if (signal.aborted) return end({ problem: 'It was not evaluated.' }, true);
    signal.addEventListener('abort', abort);
    worker.postMessage(ready.scope === scope ? question : { ...question, scope });
    ready.scope = scope;
  });
}

/** A worker whose evaluator is loaded; undefined where that fails. */
function load(): Promise<typeof idle> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./evaluate.worker.ts', import.meta.url), { type: 'module' });
    const end = (loaded: Worker | undefined) => {
      clearTimeout(timer);
      if (loaded === undefined) worker.terminate();
      resolve(loaded && { worker: loaded });
    };
    const timer = setTimeout(() => end(undefined), MAX_LOAD_MS);
    worker.onmessage = () => end(worker);
    worker.onerror = () => end(undefined);
  });
}
