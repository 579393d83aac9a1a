import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { Json } from '../client.ts';
import type { Call } from '../command.ts';
import { ApiProblem } from '../problem.ts';
import { note, print } from '../shell.ts';

/** Between two connections, so that an API that restarts is not asked without a pause. */
const RECONNECT_MS = 1000;

/**
 * Follows a live list until Ctrl-C, across connections that are cut: it continues after the last event, so nothing is missed for as long
 * as the API keeps changes. `show` prints one change for a person.
 */
export async function watchList(
  call: Call,
  list: { path: string; query: Record<string, string | undefined>; show: (event: string, data: Json) => void },
): Promise<void> {
  const { client, shell } = call;
  const given = Object.entries(list.query).filter(([, value]) => value !== undefined) as [string, string][];
  let after: string | undefined;
  for (let isFirst = true; !shell.signal.aborted; isFirst = false) {
    const query = new URLSearchParams(given);
    if (after !== undefined) query.set('after', after);
    try {
      for await (const { event, id, data } of client.events(`${list.path}?${query}`)) {
        after = id ?? after;
        if (event === 'reset') note(shell, `${data.message} ${data.hint}`);
        else if (event === 'ready') note(shell, 'Waiting for changes. Stop with Ctrl-C.');
        else if (call.isJson) print(shell, stringifyAtEdge({ event, ...data }));
        else list.show(event, data);
      }
    } catch (error) {
      // What is wrong at first is wrong; later, the API restarts or a proxy cut the connection.
      if (shell.signal.aborted || isFirst || isRefused(error)) throw error;
    }
    await sleep(RECONNECT_MS, undefined, { signal: shell.signal }).catch(() => {});
  }
}

/** Whether the API answered, and will give the same answer again. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const { status = 500 } = error.problem;
  return status < 500 && status !== 429;
}
