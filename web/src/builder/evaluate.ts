import type { Evaluated, Question } from './evaluate.worker.ts';

/** An expression that takes longer is ended with its worker. */
const MAX_MS = 500;
/** Loading the evaluator. */
const MAX_LOAD_MS = 10_000;
const NOT_DONE: Evaluated = { problem: 'It was not evaluated.' };

export type { Evaluated };
export interface Asked extends Question {
  scope: NonNullable<Question['scope']>;
}

/** The worker with the scope that it has. */
let loaded: { worker: Worker; scope?: object } | undefined;
/** One question at a time: a worker that was ended for each key would be loaded for each. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Evaluates a text with expressions as the engine does, in a worker that is ended after 500 ms. A scope that is the same object as
 * before is not sent again: it may have megabytes. What is aborted before its turn is not evaluated. Never rejects.
 */
export function evaluateTemplate(asked: Asked, signal: AbortSignal): Promise<Evaluated> {
  const answer = last.then(() => (signal.aborted ? NOT_DONE : ask(asked)));
  last = answer;
  return answer;
}

async function ask({ scope, ...question }: Asked): Promise<Evaluated> {
  loaded ??= await load();
  const ready = loaded;
  if (ready === undefined) return { problem: 'The preview could not be loaded.' };
  const { worker } = ready;
  return new Promise((resolve) => {
    const end = (result: Evaluated, isUsable: boolean) => {
      clearTimeout(timer);
      worker.onmessage = null;
      if (!isUsable) {
        worker.terminate();
        loaded = undefined;
      }
      resolve(result);
    };
    const timer = setTimeout(
      () => end({ problem: 'It takes too long: it was ended after half a second.' }, false),
      MAX_MS,
    );
    worker.onmessage = ({ data }: MessageEvent<Evaluated>) => end(data, true);
    worker.onerror = () => end({ problem: 'The preview failed.' }, false);
    worker.postMessage(ready.scope === scope ? question : { ...question, scope });
    ready.scope = scope;
  });
}

/** A worker whose evaluator is loaded; undefined where that fails. */
function load(): Promise<typeof loaded> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./evaluate.worker.ts', import.meta.url), { type: 'module' });
    const end = (isLoaded: boolean) => {
      clearTimeout(timer);
      if (!isLoaded) worker.terminate();
      resolve(isLoaded ? { worker } : undefined);
    };
    const timer = setTimeout(() => end(false), MAX_LOAD_MS);
    worker.onmessage = () => end(true);
    worker.onerror = () => end(false);
  });
}
