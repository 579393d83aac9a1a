import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openCli } from './cli.ts';

const statement = (text: string, warehouse_id: string) => JSON.stringify({ warehouse_id, statement: text });

test('prints the rows of a statement as a table, and everything about the run beside it', async () => {
  const { penstock, emulator } = await openCli();

  const input = statement("SELECT * FROM VALUES ('ORD', 12), ('LAX', NULL) AS t(origin, delay)", emulator.warehouseId);
  const { code, out, err } = await penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--wait',
    '--input',
    input,
  ]);

  expect(out).toBe('origin  delay\nORD     12\nLAX     -\n');
  expect(err).toMatch(/^run_\w+ succeeded in \d+\.\d s\n$/);
  expect(code).toBe(0);
});

test('takes the input from a file and from standard input', async () => {
  const { penstock, emulator } = await openCli();
  const input = statement('SELECT 1 AS one', emulator.warehouseId);
  const folder = await mkdtemp(join(tmpdir(), 'penstock-input-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'input.json'), input);
  const argv = ['run', 'databricks.execute_statement', '--account', 'demo', '--wait', '--input'];

  expect((await penstock([...argv, `@${join(folder, 'input.json')}`])).out).toBe('one\n1\n');
  expect((await penstock([...argv, '-'], { stdin: input })).out).toBe('one\n1\n');
});

test('keeps a 64-bit id of the input exact', async () => {
  const { penstock } = await openCli();

  const { out } = await penstock([
    'run',
    'databricks.get_job_run',
    '--account',
    'demo',
    '--json',
    '--input',
    '{"run_id": 9007199254740993}',
  ]);

  expect(JSON.parse(out).input.run_id).toBe('9007199254740993');
});

test('a failed run ends with 1 and the words of the service', async () => {
  const { penstock, emulator } = await openCli();

  const input = statement('SELECT * FROM main.default.missing', emulator.warehouseId);
  const { code, out, err } = await penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--wait',
    '--input',
    input,
  ]);

  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toContain('TABLE_OR_VIEW_NOT_FOUND');
  expect(err).toMatch(/Run it again with: npx penstock runs replay run_\w+\n$/);
});

test('a refused input names every wrong field', async () => {
  const { penstock } = await openCli();

  const { code, err } = await penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--input',
    '{"statement": 3, "catalogs": "main"}',
  ]);

  expect(code).toBe(1);
  expect(err).toContain('(ERR_INPUT_INVALID)');
  expect(err).toMatch(/\/input\/catalogs: .*did you mean "catalog"/);
  expect(err).toMatch(/\/input\/statement: /);
});

test('asking again with the same idempotency key makes no second run', async () => {
  const { penstock, emulator } = await openCli();
  const argv = ['run', 'databricks.execute_statement', '--account', 'demo', '--json', '--idempotency-key', 'once'];
  const ask = async () =>
    JSON.parse((await penstock([...argv, '--input', statement('SELECT 1', emulator.warehouseId)])).out).id;

  expect(await ask()).toBe(await ask());
});

test('passes run options, each as the JSON it is', async () => {
  const { penstock, emulator } = await openCli();
  const input = statement('SELECT 1', emulator.warehouseId);

  const { out } = await penstock([
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--json',
    '--input',
    input,
    '--option',
    'timeout_seconds=60',
    '--option',
    'wait_for_completion=false',
  ]);

  expect(JSON.parse(out).options).toEqual({ timeout_seconds: 60, wait_for_completion: false });
});

test('colors go to a terminal and never into a pipe', async () => {
  const { penstock, emulator } = await openCli();
  const argv = [
    'run',
    'databricks.execute_statement',
    '--account',
    'demo',
    '--wait',
    '--input',
    statement('SELECT 1 AS one', emulator.warehouseId),
  ];

  expect((await penstock(argv, { isTerminal: true })).out).toContain('\x1b[');
  expect((await penstock(argv, { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toContain('\x1b[');
  const piped = await penstock(argv);
  expect(piped.out + piped.err).not.toContain('\x1b[');
});
