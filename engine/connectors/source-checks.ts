import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import type { CheckAnswer } from './check-child.ts';

/** A connector takes a second or two, and longer on a busy machine; more is a schema or a regular expression that nothing can check in time. */
const MAX_MS = 30_000;
const MAX_HEAP_MIB = 256;
/** At once, and one of a tenant; the others wait. Each takes a processor while it lasts. */
const MAX_AT_ONCE = 2;
const ENTRY = new URL('./check-child.ts', import.meta.url);
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

/**
 * Everything that is wrong with a stored text of a connector. It is checked in a process of its own: what its schemas and regular
 * expressions take, in time or memory, costs nobody else.
 * @throws ConnectorError ERR_MANIFEST_INVALID when the check takes more than 30 seconds or 256 MiB
 */
export type CheckSource = (tenant: string, of: { id: string; text: string }) => Promise<ValidationError[]>;

/** Makes the checks of one process: two are under way at once, and of one tenant a single one, so that it keeps no other waiting. */
export function openSourceChecks({ maxMs = MAX_MS } = {}): CheckSource {
  const waiting: { tenant: string; begin: () => void }[] = [];
  const active = new Set<string>();
  const beginNext = () => {
    const index = active.size < MAX_AT_ONCE ? waiting.findIndex(({ tenant }) => !active.has(tenant)) : -1;
    if (index < 0) return;
    const [{ tenant, begin }] = waiting.splice(index, 1) as [(typeof waiting)[number]];
    active.add(tenant);
    begin();
  };
  return async (tenant, { id, text }) => {
    await new Promise<void>((begin) => {
      waiting.push({ tenant, begin });
      beginNext();
    });
    try {
      return await check({ id, text, maxMs });
    } finally {
      active.delete(tenant);
      beginNext();
    }
  };
}

function check({ id, text, maxMs }: { id: string; text: string; maxMs: number }): Promise<ValidationError[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ValidationError[]>();
  const child = fork(ENTRY, {
    execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`],
    // It needs no secrets. Compiled code is kept, as `npm start` keeps it, which halves its start.
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), maxMs);
  child.once('message', (said: CheckAnswer) => {
    if ('errors' in said) resolve(said.errors);
    else reject(new Error(`the check of a connector failed: ${said.failed}`));
  });
  child.once('error', reject);
  // Not when it has ended: its answer may still be on its way then.
  child.once('close', () => {
    clearTimeout(timer);
    // After an answer this changes nothing.
    reject(tooMuch(id, maxMs));
  });
  child.send({ id, text }, (error) => {
    if (error !== null) child.kill('SIGKILL');
  });
  return promise;
}

function tooMuch(id: string, maxMs: number): ConnectorError {
  const message = `cannot be checked within ${maxMs / 1000} seconds and ${MAX_HEAP_MIB} MiB`;
  return new ConnectorError('ERR_MANIFEST_INVALID', `the connector "${id}" ${message}`, {
    hint: 'Make its schemas and regular expressions simpler, or split it into several connectors.',
    errors: [{ pointer: `${id}/connector.json#`, message }],
    sent: 'no',
  });
}
