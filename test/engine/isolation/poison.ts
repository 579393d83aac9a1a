/**
 * Loaded into a worker process before anything else (`node --import`), and so into the processes that it forks: a request whose path holds
 * "poison", or asks for job run 666, kills the process that is about to send it, as a fault of the machine or of a library would. One whose
 * path holds "exhaust" fills its heap, as a huge result would.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: ClientRequest };
  if (/poison|run_id=666/.test(request.path)) process.kill(process.pid, 'SIGKILL');
  if (/exhaust/.test(request.path)) exhaustHeap();
});

function exhaustHeap(): never {
  const held: unknown[] = [];
  for (;;) held.push(new Array(10_000).fill(held.length));
}
