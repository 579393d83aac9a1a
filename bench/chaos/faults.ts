import type { ServerResponse } from 'node:http';
import type { Random } from './random.ts';

/** What goes wrong with one request; `effect` says whether it takes effect all the same. */
export interface ValidationError {
  name: string;
  effect: boolean;
  /** Ends the request, with the answer it would have had where it has one. */
  end(response: ServerResponse, answer: string): void;
}

/** Shares of all requests. Together about one in nine fails. */
const SHARES: [share: number, fault: ValidationError][] = [
  [0.02, { name: 'drop before', effect: false, end: (response) => response.destroy() }],
  [0.02, { name: 'drop after', effect: true, end: (response) => response.destroy() }],
  [0.02, { name: '500 before', effect: false, end: (response) => refuse(response, 500, 'INTERNAL_ERROR') }],
  [0.01, { name: '500 after', effect: true, end: (response) => refuse(response, 500, 'INTERNAL_ERROR') }],
  [0.02, { name: '503', effect: false, end: (response) => refuse(response, 503, 'TEMPORARILY_UNAVAILABLE') }],
  [0.01, { name: 'reset in the body', effect: true, end: reset }],
  [0.01, { name: 'truncated body', effect: true, end: truncate }],
];
/** From time to time the service is full for a moment. */
const FULL_EVERY_MS = 12_000;
const FULL_MS = 250;

/** Chooses what happens to the next request; undefined for nothing. */
export function chooseFault(random: Random, now: number): ValidationError | undefined {
  if (now % FULL_EVERY_MS < FULL_MS) {
    return {
      name: '429',
      effect: false,
      end: (response) => refuse(response, 429, 'REQUEST_LIMIT_EXCEEDED', { 'retry-after': '1' }),
    };
  }
  let at = random.next();
  for (const [share, fault] of SHARES) {
    at -= share;
    if (at < 0) return fault;
  }
  return undefined;
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  const text = JSON.stringify({ error_code: code, message: `the service answers ${status}` });
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

function reset(response: ServerResponse, answer: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  response.write(answer.slice(0, answer.length / 2), () => response.socket?.resetAndDestroy());
}

function truncate(response: ServerResponse, answer: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  response.write(answer.slice(0, answer.length / 2), () => response.socket?.end());
}
