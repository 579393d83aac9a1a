/**
 * Requests per second of connector/http.ts beside plain got, on one connection pool size, against a server in a process
 * of its own. Rounds alternate, so that noise of the machine falls on all alike; the medians and their ratio count.
 * Run: node scripts/measure-http.ts [requests per round] [concurrency]
 */
import { fork } from 'node:child_process';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import got from 'got';
import { createHttp } from '../connector/http.ts';

const ANSWER = JSON.stringify({ statement_id: '01f0-7', status: { state: 'SUCCEEDED' } });
const BODY = {
  warehouse_id: '4f1c2b3a9d8e7f60',
  statement: 'SELECT 1',
  wait_timeout: '0s',
  on_wait_timeout: 'CONTINUE',
};
const HEADERS = { authorization: 'Bearer token', accept: 'application/json', 'content-type': 'application/json' };
const ROUNDS = 7;

if (process.send !== undefined) serve();
else await measure(Number(process.argv[2] ?? 4_000), Number(process.argv[3] ?? 50));

function serve(): void {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

async function measure(requests: number, concurrency: number): Promise<void> {
  const child = fork(new URL(import.meta.url));
  const port = await new Promise<number>((resolve) => child.once('message', resolve as (message: unknown) => void));
  const url = `http://127.0.0.1:${port}/api/2.0/sql/statements`;
  const agent = { http: new http.Agent({ keepAlive: true }) };
  const ours = createHttp({ allowPrivate: () => true });
  const text = JSON.stringify(BODY);
  const ways: { [name: string]: () => Promise<unknown> } = {
    'got, as its documentation shows': () => got.post(url, { json: BODY, headers: HEADERS, agent }).json(),
    'connector/http.ts': async () => {
      const request = { method: 'POST', url, headers: HEADERS, body: text, timeoutMs: 60_000, maxBytes: 1_000_000 };
      return JSON.parse((await ours.send(request)).body.toString());
    },
    'node:http alone': () => nodeHttp(url, text, agent.http),
  };
  const rates: { [name: string]: number[] } = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, send] of Object.entries(ways)) {
      const rate = await rateOf(send, requests, concurrency);
      if (round > 0) rates[name]!.push(rate); // The first round warms up.
    }
  }
  const base = median(Object.values(rates)[0]!);
  for (const [name, all] of Object.entries(rates)) {
    process.stdout.write(
      `${name.padEnd(34)} ${median(all).toFixed(0).padStart(7)}/s  ${(median(all) / base).toFixed(2)}\n`,
    );
  }
  ours.close();
  agent.http.destroy();
  child.kill();
}

function nodeHttp(url: string, text: string, agent: http.Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, 'content-length': Buffer.byteLength(text) };
    const request = http.request(url, { method: 'POST', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    request.on('error', reject).end(text);
  });
}

async function rateOf(send: () => Promise<unknown>, requests: number, concurrency: number): Promise<number> {
  const started = performance.now();
  let sent = 0;
  const loop = async () => {
    while (sent < requests) {
      sent += 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return requests / ((performance.now() - started) / 1000);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
