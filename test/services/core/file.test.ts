import { appendFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { advance, firstState } from '../../../actions/advance.ts';
import type { ActionState, Step } from '../../../actions/call.ts';
import { actionOf, type Bench, callOf, openBench, roundTrip, runToEnd } from '../../actions/harness.ts';

async function open(path = 'orders/o.ndjson', rows: object[] = [{ a: 1 }, { b: 'é' }]) {
  const action = await actionOf('core.file');
  const bench = openBench({ url: 'http://127.0.0.1:1' });
  const file = join(bench.io.builtin.filesFolder, path);
  return { action, bench, file, call: callOf(action, { path, rows }) };
}

const LINES = '{"a":1}\n{"b":"é"}\n';

/** The state of a run that noted the end of the file and then lost its worker. */
async function crashed({
  action,
  call,
  bench,
}: {
  action: Awaited<ReturnType<typeof actionOf>>;
  call: ReturnType<typeof callOf>;
  bench: Bench;
}): Promise<ActionState> {
  const step = (await advance(action, call, firstState(0), bench.io)) as Step & { state: ActionState };
  return { ...roundTrip(step.state), sent: true };
}

test('appends rows as lines, and again after those that are there', async () => {
  const { action, bench, call, file } = await open();

  const first = await runToEnd(action, call, bench);
  const second = await runToEnd(action, call, bench);

  expect(readFileSync(file, 'utf8')).toBe(LINES + LINES);
  expect(first.output).toEqual({ path: 'orders/o.ndjson', rows: 2, bytes: Buffer.byteLength(LINES) });
  expect(second.output).toMatchObject({ bytes: 2 * Buffer.byteLength(LINES) });
});

test('makes the end of the file durable before it appends', async () => {
  const { action, bench, call } = await open();

  await runToEnd(action, call, bench);

  expect(bench.events).toEqual(['launching', 'launched']);
  expect(bench.launched[0]!.own).toEqual({ from: 0 });
});

test('after a crash before the write appends once', async () => {
  const run = await open();
  const state = await crashed(run);

  await runToEnd(run.action, run.call, run.bench, state);

  expect(readFileSync(run.file, 'utf8')).toBe(LINES);
});

test('a crash right after the write does not append again', async () => {
  const run = await open();
  const state = await crashed(run);
  appendFileSync(run.file, LINES);

  await runToEnd(run.action, run.call, run.bench, state);

  expect(readFileSync(run.file, 'utf8')).toBe(LINES);
});

test('finds its own lines among those of others', async () => {
  const run = await open();
  const state = await crashed(run);
  appendFileSync(run.file, `{"x":1}\n${LINES}{"y":2}\n`);

  await runToEnd(run.action, run.call, run.bench, state);

  expect(readFileSync(run.file, 'utf8')).toBe(`{"x":1}\n${LINES}{"y":2}\n`);
});

test.each([1, 5, 8, 10])('completes a write that a crash cut after %i bytes', async (length) => {
  const run = await open();
  const state = await crashed(run);
  appendFileSync(run.file, LINES);
  truncateSync(run.file, length);

  await runToEnd(run.action, run.call, run.bench, state);

  expect(readFileSync(run.file, 'utf8')).toBe(LINES);
});

test('equal rows of several runs at once are all kept', async () => {
  const { action, bench, call, file } = await open();

  await Promise.all(Array.from({ length: 20 }, () => runToEnd(action, call, bench)));

  expect(readFileSync(file, 'utf8')).toBe(LINES.repeat(20));
});

test.each(['../x', '/etc/x', 'a/../../x', 'a//b', 'a/', '.', 'a\\b', 'a\0b', ''])(
  'refuses the path %j',
  async (path) => {
    const { action, bench, call } = await open();

    await expect(runToEnd(action, { ...call, input: { path, rows: [] } }, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  },
);

test('follows no link out of the folder', async () => {
  const { action, bench, call } = await open();
  const root = bench.io.builtin.filesFolder;
  mkdirSync(join(root, 'in'), { recursive: true });
  mkdirSync(join(root, '..', 'outside'));
  symlinkSync(join(root, '..', 'outside'), join(root, 'out'));
  writeFileSync(join(root, '..', 'outside', 'x'), '');
  symlinkSync(join(root, '..', 'outside', 'x'), join(root, 'in', 'x'));

  for (const path of ['out/x', 'in/x']) {
    await expect(runToEnd(action, { ...call, input: { path, rows: [{}] } }, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  }
  expect(readFileSync(join(root, '..', 'outside', 'x'), 'utf8')).toBe('');
});

test('refuses a folder, and a file where a folder is needed', async () => {
  const { action, bench, call } = await open();
  await runToEnd(action, call, bench);

  for (const path of ['orders', 'orders/o.ndjson/x']) {
    await expect(runToEnd(action, { ...call, input: { path, rows: [{}] } }, bench)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  }
});

test.each([
  ['a name', 'x'.repeat(256)],
  ['a folder', `${'é'.repeat(128)}/o.ndjson`],
])('%s of more than 255 bytes is refused with the bytes', async (_, path) => {
  const { action, bench, call } = await open(path);

  await expect(runToEnd(action, call, bench)).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
    errors: [{ pointer: '/path', message: expect.stringContaining('has 256') }],
  });
});
