import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { openCli, type TestCli } from './cli.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

test('a sync of a file posts each page of new rows, signed, and its secret is shown nowhere', async () => {
  const received: { rows: { data: { id: string } }[] }[] = [];
  const endpoint = await startHttpServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    received.push(new Webhook(SECRET).verify(await readBody(request), headers) as (typeof received)[number]);
    response.writeHead(204).end();
  });
  const cli = await openCli();
  await makeTable(cli);
  const step = {
    id: 'post',
    action: 'core.webhook',
    input: { url: endpoint.origin, secret: SECRET, rows: '{{ trigger.events }}' },
  };

  const made = await create(cli, sync(cli, step));
  await eventsDelivered(cli, 3);
  await runSql(cli, "INSERT INTO main.default.orders VALUES (4, 'd')");
  const asked = await cli.penstock(['workflows', 'run', 'orders']);
  await eventsDelivered(cli, 4);
  const shown = await cli.penstock(['workflows', 'show', 'orders']);

  expect(made.out).toMatch(/^Created orders \(wf_\w+\), enabled\.\n$/);
  expect(asked.out).toBe('orders is polling. New records become runs: npx penstock runs --workflow orders\n');
  expect(received.map(({ rows }) => rows.map(({ data }) => data.id))).toEqual([['1', '2'], ['3'], ['4']]);
  expect(shown.out).toContain('"secret": "[secret]"');
  expect((await cli.penstock(['runs', 'list', '--json'])).out).not.toContain(SECRET);
});

test('shows, moves and resets a cursor, and tells who moved it', async () => {
  const cli = await openCli();
  await makeTable(cli);
  const step = { id: 'file', action: 'core.file', input: { path: 'orders.ndjson', rows: '{{ trigger.events }}' } };
  await create(cli, sync(cli, step));
  await eventsDelivered(cli, 3);
  await cli.penstock(['workflows', 'disable', 'orders']);

  const shown = await cli.penstock(['cursor', 'show', 'orders']);
  const moved = await cli.penstock(['cursor', 'set', 'orders', '--value', '1', '--key', '1']);
  const history = await cli.penstock(['cursor', 'history', 'orders']);
  const reset = await cli.penstock(['cursor', 'reset', 'orders', '--yes']);
  const atStart = await cli.penstock(['cursor', 'show', 'orders']);

  expect(shown.out).toMatch(/^value +3\nkey +3\n/);
  expect(moved.out).toMatch(/^value +1\nkey +1\n/);
  expect(history.out).toMatch(/^AT +EVENTS +VALUE +KEY +BY\n.* - +1 +1 +cli\n.* 1 +3 +3 +run_/);
  expect(reset.out).toBe('The cursor of orders is at the start.\n');
  expect(atStart.out).toMatch(/^value +at the start\n/);
});

test('runs a workflow manually with an input and prints what came of it', async () => {
  const cli = await openCli();
  const step = {
    id: 'query',
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { warehouse_id: cli.emulator.warehouseId, statement: 'SELECT {{ trigger.number }} AS number' },
  };
  const made = await create(cli, { name: 'by-hand', trigger: { id: 'core.manual' }, steps: [step] });

  const { code, out } = await cli.penstock(['workflows', 'run', 'by-hand', '--wait', '--input', '{"number": 42}']);
  const listed = await cli.penstock(['runs', '--workflow', 'by-hand']);

  expect(made.err).toBe('');
  expect(out).toBe('number\n42\n');
  expect(code).toBe(0);
  expect(listed.out).toMatch(/run_\w+ +succeeded +by-hand /);
});

test('a disabled workflow is not run, and says so', async () => {
  const cli = await openCli({ worker: false });
  await create(cli, {
    name: 'by-hand',
    trigger: { id: 'core.manual' },
    steps: [{ id: 'file', action: 'core.file', input: { path: 'a', rows: [] } }],
  });

  expect((await cli.penstock(['workflows', 'disable', 'by-hand'])).out).toBe('by-hand is disabled.\n');
  expect(await cli.penstock(['workflows', 'run', 'by-hand'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('is disabled (ERR_CONFLICT)'),
  });
  expect((await cli.penstock(['workflows', 'enable', 'by-hand'])).out).toBe('by-hand is enabled.\n');
  expect((await cli.penstock(['workflows', 'delete', 'by-hand', '--yes'])).out).toBe('Deleted by-hand.\n');
  expect((await cli.penstock(['workflows'])).out).toContain('No workflows.');
});

test('rotates the URL of an incoming webhook', async () => {
  const cli = await openCli({ worker: false });
  const steps = [{ id: 'file', action: 'core.file', input: { path: 'a', rows: [] } }];
  await create(cli, { name: 'hook', trigger: { id: 'core.incoming_webhook' }, steps });
  const shown = async () => JSON.parse((await cli.penstock(['workflows', 'show', 'hook'])).out).url;
  const before = await shown();

  const { out } = await cli.penstock(['workflows', 'rotate-url', 'hook']);

  expect(before).toMatch(/^http/);
  expect(out).not.toBe(`${before}\n`);
  expect(out).toBe(`${await shown()}\n`);

  await create(cli, { name: 'by-hand', trigger: { id: 'core.manual' }, steps });
  expect((await cli.penstock(['workflows', 'rotate-url', 'by-hand'])).out).toBe(
    'by-hand has no URL: its trigger is core.manual.\n',
  );
});

test('a wrong definition is refused with every fault and its place', async () => {
  const cli = await openCli({ worker: false });

  const { code, err } = await create(cli, {
    name: 'wrong',
    trigger: { id: 'databricks.sync' },
    steps: [{ id: 'file', action: 'core.fle' }],
  });

  expect(code).toBe(1);
  expect(err).toMatch(/\/trigger\/id: .*"databricks.sync"/);
  expect(err).toMatch(/\/steps\/0\/action: .*"core.fle"/);
});

async function create(cli: TestCli, definition: object) {
  const file = join(cli.ctx.config.dataFolder, 'workflow.json');
  await writeFile(file, JSON.stringify(definition));
  return cli.penstock(['workflows', 'create', file]);
}

function sync({ emulator }: TestCli, step: object): object {
  const input = {
    table: 'main.default.orders',
    cursor_column: 'id',
    cursor_type: 'BIGINT',
    key_column: 'id',
    key_type: 'BIGINT',
  };
  const trigger = {
    id: 'databricks.incremental_sync',
    linked_account: 'demo',
    input: { ...input, warehouse_id: emulator.warehouseId, every_seconds: 3600, page_size: 2 },
  };
  return { name: 'orders', trigger, steps: [step] };
}

async function makeTable(cli: TestCli): Promise<void> {
  await runSql(
    cli,
    "CREATE TABLE main.default.orders AS SELECT * FROM VALUES (1L, 'a'), (2L, 'b'), (3L, 'c') AS t(id, name)",
  );
}

async function runSql(cli: TestCli, statement: string): Promise<void> {
  const run = await cli.run('databricks.execute_statement', { statement });
  if (run.status !== 'succeeded') throw new Error(run.error?.message);
}

async function eventsDelivered(cli: TestCli, count: number): Promise<void> {
  await until(`${count} events are delivered`, async () => {
    const { out } = await cli.penstock(['cursor', 'show', 'orders']);
    return new RegExp(`^events +${count}$`, 'm').test(out);
  });
}

test('check says what saving would, and saves nothing', async () => {
  const { penstock } = await openCli();
  const fine = { name: 'checked', trigger: { id: 'core.manual' }, steps: [] };
  const wrong = { ...fine, steps: [{ id: 'a', action: 'core.fiel', input: {} }] };

  const valid = await penstock(['workflows', 'check', '-'], { stdin: JSON.stringify({ ...fine, steps: STEPS }) });
  const invalid = await penstock(['workflows', 'check', '-'], { stdin: JSON.stringify(wrong) });

  expect(valid).toMatchObject({ code: 0, out: 'It can be saved.\n' });
  expect(invalid).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Error: \/steps\/0\/action .*core\.fail.*\n1 error\.\n$/),
  });
  expect((await penstock(['workflows'])).out).not.toContain('checked');
});

const STEPS = [{ id: 'file', action: 'core.file', input: { path: 'x.ndjson', rows: '{{ trigger.rows }}' } }];
