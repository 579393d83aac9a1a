import type { Evaluated } from './evaluate.worker.ts';

/** An expression that takes longer is ended with its worker. */
const MAX_MS = 500;
/** Loading the evaluator. */
const MAX_LOAD_MS = 10_000;

/** A worker that is loaded and has nothing to do. */
let idle: Worker | undefined;

/** Evaluates a text with expressions as the engine does, in a worker that is ended after 500 ms. Never rejects. */
export async function evaluateTemplate(template: string, scope: object, signal: AbortSignal): Promise<Evaluated> {
  const worker = idle ?? (await load());
  idle = undefined;
  if (worker === undefined) return { problem: 'The preview could not be loaded.' };
  return new Promise((resolve) => {
    const end = (result: Evaluated, isUsable: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      worker.onmessage = null;
      if (isUsable && idle === undefined) idle = worker;
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
    worker.postMessage({ template, scope });
  });
}

/** A worker whose evaluator is loaded; undefined where that fails. */
function load(): Promise<Worker | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./evaluate.worker.ts', import.meta.url), { type: 'module' });
    const end = (loaded: Worker | undefined) => {
      clearTimeout(timer);
      if (loaded === undefined) worker.terminate();
      resolve(loaded);
    };
    const timer = setTimeout(() => end(undefined), MAX_LOAD_MS);
    worker.onmessage = () => end(worker);
    worker.onerror = () => end(undefined);
  });
}
