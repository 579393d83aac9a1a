import { expect, test } from 'vitest';
import { createTurns, type Turn } from '../../../engine/queue/turns.ts';

const BOUNDS = { request: { alone: 3, beside: 1 }, run: { alone: Number.POSITIVE_INFINITY, beside: 2 } };

/** Turns at a clock that stands, and work that ends when it is told to. */
function opened() {
  let now = 0;
  let idle = 0;
  const turns = createTurns(BOUNDS, { now: () => now, idle: () => idle });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    end: async (name: string) => {
      ends.get(name)!();
      await new Promise(setImmediate);
    },
    /** For so long the event loop has nothing to do, or works. */
    advance(ms: number, is: 'idle' | 'busy' = 'idle') {
      now += ms;
      if (is === 'idle') idle += ms;
    },
    add: (name: string, kind: 'request' | 'run' = 'request', first?: (turn: Turn) => Promise<void>) =>
      turns.take(kind, name[0]!, async (turn) => {
        begun.push(name);
        if (first !== undefined) await first(turn);
        await new Promise<void>((resolve) => ends.set(name, resolve));
      }),
  };
}

test('executes a few of a tenant at a time, in order', async () => {
  const { begun, end, add } = opened();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) void add(name);

  expect(begun).toEqual(['a1', 'a2', 'a3']);
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4']);
  await end('a1');
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
});

test("executes another tenant's at once, and then fewer of who has more", async () => {
  const { begun, end, add } = opened();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2']) void add(name);

  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  await end('a1');
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  await end('a3');
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'a4']);
});

test('forgets who has not been there for a second', async () => {
  const { begun, advance, add } = opened();
  void add('b1', 'run');
  advance(1001);

  for (const name of ['a1', 'a2', 'a3']) void add(name, 'run');

  expect(begun).toEqual(['b1', 'a1', 'a2', 'a3']);
});

test('counts kinds apart', () => {
  const { begun, add } = opened();
  void add('b1');
  for (const kind of ['request', 'run'] as const) for (const n of [1, 2, 3]) void add(`a-${kind}-${n}`, kind);

  expect(begun).toEqual(['b1', 'a-request-1', 'a-run-1', 'a-run-2']);
});

test('gives the turn to others while work waits aside, and takes the next one afterwards', async () => {
  const { begun, end, add } = opened();
  void add('b1');
  const { promise: answer, resolve } = Promise.withResolvers<void>();
  const after: string[] = [];
  void add('a1', 'request', async (turn) => {
    await turn.aside(answer);
    after.push('a1');
  });
  await new Promise(setImmediate);

  void add('a2');
  resolve();
  await new Promise(setImmediate);

  expect(begun).toEqual(['b1', 'a1', 'a2']);
  expect(after).toEqual([]);
  await end('a2');
  expect(after).toEqual(['a1']);
});

test('no longer counts what waits for something else than the event loop', async () => {
  const { begun, advance, add } = opened();
  for (const name of ['a1', 'a2', 'a3']) void add(name);
  advance(25);

  void add('a4');

  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4']);
});

test('counts what waits for the event loop of a busy process, for a second', async () => {
  const { begun, advance, add } = opened();
  for (const name of ['a1', 'a2', 'a3']) void add(name);
  advance(999, 'busy');

  void add('a4');

  expect(begun).toEqual(['a1', 'a2', 'a3']);
  advance(1, 'busy');
  void add('a5');
  await new Promise(setImmediate);
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
});

test('gives the turn of work that failed to the next', async () => {
  const turns = createTurns({ ...BOUNDS, request: { alone: 1, beside: 1 } });

  const failed = turns.take('request', 'a', () => Promise.reject(new Error('no')));
  const next = turns.take('request', 'a', async () => 'done');

  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});
