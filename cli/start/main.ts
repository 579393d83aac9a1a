/** `npm start`: Redis, emulator, API and worker on loopback, until Ctrl-C. */
import { once } from 'node:events';
import { ConnectorError, toErrorRecord } from '../../connector/errors.ts';
import { useProxiesForFetch } from '../../connector/proxies.ts';
import { watchParent } from '../orphan.ts';
import { ApiProblem, CliError, problemLines, runErrorLines } from '../problem.ts';
import { type Running, start } from './start.ts';

const FAILED = 1;

const stop = new AbortController();
const end = () => {
  // Asked twice: what still runs ends by itself, or is ended by the next start.
  if (stop.signal.aborted) process.exit(FAILED);
  stop.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
watchParent(process.env, end);

process.exitCode = await run();
// A handle that is left open must not keep a process that has said it ended.
process.exit();

async function run(): Promise<number> {
  let running: Running | undefined;
  let code = 0;
  try {
    useProxiesForFetch(process.env);
    running = await start(process.env, { say: console.log, signal: stop.signal });
    const reason = await Promise.race([
      running.failed,
      stop.signal.aborted ? '' : once(stop.signal, 'abort').then(() => ''),
    ]);
    if (reason !== '') throw new CliError(reason);
  } catch (error) {
    code = explain(error);
  }
  await running?.close();
  return code;
}

function explain(error: unknown): number {
  if (stop.signal.aborted) return 0;
  for (const line of linesOf(error)) console.error(line);
  return FAILED;
}

function linesOf(error: unknown): string[] {
  if (error instanceof ApiProblem) return problemLines(error.problem);
  if (error instanceof ConnectorError) return runErrorLines(toErrorRecord(error));
  if (error instanceof CliError)
    return [`\nerror: ${error.message}`, ...(error.hint === undefined ? [] : [`  hint: ${error.hint}`])];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
