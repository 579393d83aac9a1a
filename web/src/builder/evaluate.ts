import type { Evaluated } from './evaluate.worker.ts';

/** An expression that takes longer is ended with its worker. */
const MAX_MS = 500;
/** The first worker loads the evaluator; that is not the time of an expression. */
const START_MS = 10_000;

let idle: Worker | undefined;
let hasStarted = false;

/** Evaluates a text with expressions as the engine does, in a worker that is ended after 500 ms. Never rejects. */
export function evaluateTemplate(template: string, scope: object, signal: AbortSignal): Promise<Evaluated> {
  return new Promise((resolve) => {
    const worker = idle ?? new Worker(new URL('./evaluate.worker.ts', import.meta.url), { type: 'module' });
    idle = undefined;
    const end = (result: Evaluated, isUsable: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (isUsable) {
        idle?.terminate();
        idle = worker;
        hasStarted = true;
      } else worker.terminate();
      resolve(result);
    };
    const abort = () => end({ problem: 'It was not evaluated.' }, false);
    const timer = setTimeout(
      () => end({ problem: 'It takes too long: it was ended after half a second.' }, false),
      hasStarted ? MAX_MS : START_MS,
    );
    worker.onmessage = ({ data }: MessageEvent<Evaluated>) => end(data, true);
    worker.onerror = () => end({ problem: 'The preview could not be loaded.' }, false);
    signal.addEventListener('abort', abort);
    worker.postMessage({ template, scope });
  });
}
