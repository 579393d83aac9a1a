import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../emulator/json.ts';
import { type Client, type Reply, startClient, until } from './client.ts';

/**
 * One request as the official Python SDK (0.133.0) sends it, and what the SDK reads of the answer.
 * In `reads`, `@string` and `@number` stand for a value that differs from run to run; `${name}` is a value that `keep` took from an
 * earlier answer, by its path. Lists hold their first entries only.
 */
interface Case {
  service: string;
  /** The SDK's method; a waiter sends several requests. */
  call: string;
  send: [method: string, path: string, body?: unknown];
  /** 200 when it is left out. */
  status?: number;
  reads?: unknown;
  keep?: Record<string, string>;
  /** Asked again until the answer is as told, as a waiter does. */
  poll?: boolean;
}

const FOLDER = join(import.meta.dirname, 'cases', 'api');
const counts = new Map<string, { right: number; all: number }>();

describe.each(readdirSync(FOLDER))('calls of the Python SDK: %s', (file) => {
  const cases = parseJson(readFileSync(join(FOLDER, file), 'utf8')) as Case[];
  const kept = new Map<string, unknown>();
  let workspace: Client;
  beforeAll(async () => {
    // Long enough that what begins is seen to begin, also on a machine that is busy.
    workspace = await startClient({ clientId: 'cid', clientSecret: 'csecret', transitionMs: 200 });
  });
  afterAll(() => workspace.close());

  it.each(cases.map((given, index) => [`${index} ${given.service}: ${given.call}`, given] as const))(
    '%s',
    async (_name, given) => {
      const count = counts.get(given.service) ?? { right: 0, all: 0 };
      counts.set(given.service, count);
      count.all += 1;
      const [method, path, body] = fill(given.send, kept) as Case['send'];
      const send = () => workspace.send(method, path, body);
      const difference = (reply: Reply) => differenceOf(reply.json, given.reads, kept, 'answer');
      const reply = given.poll === true ? await until(send, (answer) => difference(answer) === '') : await send();

      expect([reply.status, reply.status === (given.status ?? 200) ? '' : reply.text]).toEqual([
        given.status ?? 200,
        '',
      ]);
      expect(difference(reply)).toBe('');
      for (const [name, at] of Object.entries(given.keep ?? {})) kept.set(name, valueAt(reply.json, at));
      count.right += 1;
    },
  );
});

afterAll(() => {
  const lines = [...counts].map(([service, { right, all }]) => `  ${service}: ${right} of ${all}`);
  const total = [...counts.values()].reduce(
    (sum, { right, all }) => [sum[0] + right, sum[1] + all] as [number, number],
    [0, 0] as [number, number],
  );
  process.stdout.write(`API calls right: ${total[0]} of ${total[1]}\n${lines.join('\n')}\n`);
});

/** Puts kept values into a request. */
function fill(value: unknown, kept: Map<string, unknown>): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value)?.[1];
    if (whole !== undefined) return kept.get(whole);
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(kept.get(name)));
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, kept));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, kept)]));
}

/** The first place where an answer is not as expected; '' when it is: it may have more fields and longer lists. */
function differenceOf(actual: unknown, expected: unknown, kept: Map<string, unknown>, at: string): string {
  const differs = (what: string) =>
    `${at}: ${what}, got ${JSON.stringify(actual, (_, item) => (typeof item === 'bigint' ? String(item) : item))}`;
  if (expected === undefined) return '';
  if (expected === '@string') return typeof actual === 'string' ? '' : differs('a text');
  if (expected === '@number')
    return typeof actual === 'number' || typeof actual === 'bigint' ? '' : differs('a number');
  if (typeof expected === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(expected)?.[1];
    // what is kept from this very answer is not known yet
    if (whole !== undefined && !kept.has(whole)) return actual === undefined ? differs('anything') : '';
    const wanted = whole === undefined ? fill(expected, kept) : kept.get(whole);
    return String(actual) === String(wanted) ? '' : differs(String(wanted));
  }
  if (typeof expected !== 'object' || expected === null) return actual === expected ? '' : differs(String(expected));
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected))
    return differs(JSON.stringify(expected));
  for (const [key, item] of Object.entries(expected)) {
    const found = differenceOf((actual as Record<string, unknown>)[key], item, kept, `${at}.${key}`);
    if (found !== '') return found;
  }
  return '';
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}
