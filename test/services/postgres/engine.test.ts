import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../../api/server.ts';
import { createApiKey } from '../../../engine/access/api-keys.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount, updateLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { testAuthentication } from '../../../engine/credentials/authentications/test-authentication.ts';
import {
  createConnectLink,
  readConnectLink,
  submitConnectLink,
} from '../../../engine/credentials/logins/connect-links.ts';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { everythingIn } from '../../api/dump.ts';
import { runCli } from '../../cli/cli.ts';
import { testContext, until } from '../../context.ts';
import { startRawServer } from '../../servers.ts';
import { ended } from '../../workspace.ts';
import { CERTIFICATE } from './certificate.ts';
import { HAS_POSTGRES, PASSWORD, type TestDatabase, USER, usePostgres } from './server.ts';

const postgres = usePostgres();
const actor = engineActor('default');

function linkTo(ctx: Context, database: string, fields: object = {}, authentication: object = {}) {
  return createLinkedAccount(ctx, actor, {
    name: 'shop',
    connector: 'postgres',
    hostname: '127.0.0.1',
    port: String(postgres().port),
    database,
    ssl_mode: 'disable',
    authentication: { kind: 'password', username: USER, password: PASSWORD, ...authentication },
    ...fields,
  });
}

/** A database, a linked account of it and a worker. */
async function open(fields: object = {}, given: Parameters<typeof testContext>[0] = {}) {
  const database = await postgres().database();
  const ctx = await testContext(given);
  const { id: account } = await linkTo(ctx, database.name, fields);
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const submit = async (action: string, input: object) =>
    (await submitAction(ctx, 'default', { request: { action: `postgres.${action}`, linked_account: account, input } }))
      .id;
  return {
    ctx,
    account,
    database,
    submit,
    run: async (action: string, input: object) => ended(ctx, await submit(action, input)),
  };
}

/** A way to the server that can be cut. */
async function startProxy() {
  const pairs = new Set<[Socket, Socket]>();
  let isOpen = true;
  const server = await startRawServer((socket) => {
    if (!isOpen) return socket.destroy();
    const target = connect(postgres().port, '127.0.0.1');
    const pair: [Socket, Socket] = [socket, target];
    pairs.add(pair);
    target.on('error', () => {});
    socket.on('close', () => target.destroy());
    target.on('close', () => socket.destroy());
    socket.pipe(target).pipe(socket);
  });
  return {
    port: String(server.port),
    /** The server learns nothing, and continues with what it does. */
    cut(options: { again: boolean }) {
      isOpen = options.again;
      for (const [socket] of pairs) socket.unpipe().destroy();
    },
    isOpen: (open: boolean) => {
      isOpen = open;
    },
  };
}

/** A table whose commits take a second, or so many. */
async function slowTable({ client }: TestDatabase, seconds = 1) {
  await client.query(`CREATE TABLE t (id int);
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(${seconds}); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`);
}

async function isRunning({ client, name }: TestDatabase, statement: string) {
  // A transaction sees the activity as it was when it first looked.
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE $2 AND pid <> pg_backend_pid()",
    [name, statement],
  );
  return rows.length > 0;
}

describe.skipIf(!HAS_POSTGRES)('postgres in the engine', () => {
  test('links an account, tests the login, and shows the password nowhere', async () => {
    const { ctx, database, run } = await open();
    const failed = await run('query', { statement: 'SELECT nope' });
    const shown = await readRun(ctx, failed.id);

    expect(shown).toMatchObject({
      status: 'failed',
      error: {
        code: 'ERR_UPSTREAM',
        message: expect.stringContaining('column "nope" does not exist, at character 8'),
        upstream: { sql_state: '42703' },
      },
    });
    expect((await run('query', { statement: 'SELECT current_database() AS name' })).output).toMatchObject({
      rows: [{ name: database.name }],
    });
    expect(await everythingIn(ctx)).not.toContain(PASSWORD);
  });

  test('a person links it by command, and an end user by a connect page', async () => {
    const { name } = await postgres().database();
    const worker = await testContext();
    const ctx = await testContext({ role: 'api', prefix: worker.config.prefix });
    const api = createApi(ctx);
    const url = await api.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => api.close());
    await ensureTenant(ctx, 'default');
    const { key } = await createApiKey(ctx, { tenant: 'default', name: 'cli', role: 'admin' });
    const env = { PENSTOCK_URL: url, PENSTOCK_API_KEY: key };
    const fields = { hostname: '127.0.0.1', port: String(postgres().port), database: name, ssl_mode: 'disable' };
    const given = Object.entries(fields).flatMap(([field, value]) => ['--field', `${field}=${value}`]);

    const added = await runCli(['accounts', 'add', 'shop', '--connector', 'postgres', ...given], { env });
    const stored = await runCli(
      ['auth', 'add', 'password', '--account', 'shop', '--field', `username=${USER}`, '--secret-file', '-'],
      { env, stdin: PASSWORD },
    );
    const link = await createConnectLink(ctx, actor, { linked_account: 'shop' });
    const secret = link.url.split('/').at(-1)!;
    const { modes } = await readConnectLink(ctx, secret, '198.51.100.7');
    const form = { kind: 'password', username: USER, password: PASSWORD };
    const page = await submitConnectLink(ctx, secret, { fields: form, from: '198.51.100.7' });

    expect([added.code, stored.err, stored.code]).toEqual([0, '', 0]);
    expect(modes).toMatchObject([
      {
        id: 'password',
        fields: [
          { name: 'username' },
          { name: 'password', kind: 'password' },
          { name: 'expires_at', isOptional: true },
        ],
      },
    ]);
    expect(page).toBeDefined();
  });

  test('a wrong password is refused in the words of the server, and stores nothing', async () => {
    const { name } = await postgres().database();
    const ctx = await testContext();

    const refused = linkTo(ctx, name, {}, { password: 'wrong-canary' });

    await expect(refused).rejects.toMatchObject({
      code: 'ERR_AUTH_FAILED',
      message: expect.stringContaining(`password authentication failed for user "${USER}"`),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('wrong-canary') });
  });

  test.each([
    ['a database that is not there', { database: 'nope' }, { code: 'ERR_UPSTREAM', kind: 'not_found' }],
    [
      'no encryption to a host that is not listed',
      { hostname: 'db.example.com' },
      { code: 'ERR_HOST_NOT_ALLOWED', errors: [{ pointer: '/ssl_mode' }] },
    ],
    [
      'a private address that is not listed',
      { hostname: '10.1.2.3', ssl_mode: 'require' },
      { code: 'ERR_HOST_NOT_ALLOWED' },
    ],
    ['a name with a private address', { hostname: 'localhost', ssl_mode: 'require' }, { code: 'ERR_HOST_NOT_ALLOWED' }],
    [
      'a certificate that nobody vouches for',
      { ssl_mode: 'verify-full' },
      { code: 'ERR_NOT_SENT', hint: expect.stringContaining('ca_certificate') },
    ],
    [
      'a certificate of another host',
      { ssl_mode: 'verify-full', ca_certificate: CERTIFICATE },
      { code: 'ERR_NOT_SENT', hint: expect.stringContaining('ca_certificate') },
    ],
    ['a port that is none', { port: '70000' }, { code: 'ERR_HOST_INVALID' }],
  ])('refuses %s', async (_, fields, failure) => {
    const { name } = await postgres().database();
    const ctx = await testContext();

    await expect(linkTo(ctx, name, fields)).rejects.toMatchObject(failure);
  });

  test.each([
    ['verify-full with the CA', { ssl_mode: 'verify-full', ca_certificate: CERTIFICATE, hostname: 'localhost' }],
    ['require', { ssl_mode: 'require' }],
  ])('encrypts with %s', async (_, fields) => {
    const env = { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*,http://localhost:*' };
    const { run } = await open(fields, { env });

    const { output, error } = await run('query', {
      statement: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    });

    expect(error).toBeUndefined();
    expect(output).toMatchObject({ rows: [{ ssl: true }] });
  });

  test('the password does not go to another host when the account is moved', async () => {
    const { ctx, account, run } = await open();
    const other = await startRawServer(() => {});
    await updateLinkedAccount(ctx, actor, account, { port: String(other.port) });

    expect((await run('query', { statement: 'SELECT 1' })).error).toMatchObject({ code: 'ERR_HOST_NOT_ALLOWED' });
    expect(other.connections).toBe(0);
  });

  test('a test on demand says who it is, and why it fails', async () => {
    const { ctx, account } = await open();
    const { default_authentication: id } = (await ctx.tokens.accounts.get(account))!.value;
    const good = await testAuthentication(ctx, 'default', account, id!);
    await updateLinkedAccount(ctx, actor, account, { database: 'nope' });
    const bad = await testAuthentication(ctx, 'default', account, id!);

    expect(good).toMatchObject({ ok: true, user_name: USER });
    expect(bad).toMatchObject({ ok: false, error: { kind: 'not_found', upstream: { sql_state: '3D000' } } });
  });

  test('a cancel of a run cancels its query at the server', async () => {
    const { ctx, database, submit } = await open();
    const id = await submit('query', { statement: 'SELECT pg_sleep(60)' });
    await until('it runs', () => isRunning(database, 'SELECT pg_sleep(60)'));

    await cancelRun(ctx, (await readRun(ctx, id))!);

    expect(await ended(ctx, id)).toMatchObject({ status: 'canceled' });
    expect(await isRunning(database, 'SELECT pg_sleep(60)')).toBe(false);
  });

  test('a cancel of a write rolls it back', async () => {
    const { ctx, database, submit } = await open();
    await database.client.query('CREATE TABLE t (id int)');
    const statement = 'INSERT INTO t SELECT 1 FROM pg_sleep(60)';
    const id = await submit('execute_statement', { statement });
    await until('it runs', () => isRunning(database, statement));

    await cancelRun(ctx, (await readRun(ctx, id))!);

    const run = await ended(ctx, id);
    expect(run).toMatchObject({ status: 'canceled', error: { message: 'the run was canceled' } });
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([]);
  });

  test('a write whose connection dies before its commit is made again', async () => {
    const { database, submit, ctx } = await open();
    await database.client.query('CREATE TABLE t (id int); CREATE TABLE gate (); ');
    await database.client.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    const id = await submit('insert_rows', { table: 't', rows: [{ id: 1 }] });
    await until('it waits', () => isRunning(database, 'INSERT INTO %'));
    await database.client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO %' AND pid <> pg_backend_pid()",
    );
    await database.client.query('COMMIT');

    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', output: { rows: 1 } });
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([{ id: 1 }]);
  });

  test('of a write whose connection dies in its commit the server is asked for the outcome', async () => {
    const proxy = await startProxy();
    const { database, submit, ctx } = await open({ port: proxy.port });
    await slowTable(database, 2);
    const id = await submit('insert_rows', { table: 't', rows: [{ id: 1 }] });
    await until('it commits', () => isRunning(database, 'COMMIT'));

    proxy.cut({ again: true });

    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', output: { rows: 1 } });
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([{ id: 1 }]);
  });

  test('a write whose outcome nobody can tell is not made again', async () => {
    const proxy = await startProxy();
    const { database, submit, ctx } = await open({ port: proxy.port });
    await slowTable(database);
    const id = await submit('insert_rows', { table: 't', rows: [{ id: 1 }] });
    await until('it commits', () => isRunning(database, 'COMMIT'));

    proxy.cut({ again: false });
    const run = await ended(ctx, id);
    proxy.isOpen(true);

    expect(run).toMatchObject({ status: 'failed', error: { code: 'ERR_OUTCOME_UNKNOWN' } });
    await until('the server is done', async () => !(await isRunning(database, 'COMMIT')));
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([{ id: 1 }]);
  });

  test('an upsert whose outcome is unknown is repeated', async () => {
    const proxy = await startProxy();
    const { database, submit, ctx } = await open({ port: proxy.port });
    await slowTable(database);
    await database.client.query('ALTER TABLE t ADD PRIMARY KEY (id)');
    const id = await submit('upsert_rows', { table: 't', key_columns: ['id'], rows: [{ id: 1 }] });
    await until('it commits', () => isRunning(database, 'COMMIT'));

    proxy.cut({ again: false });
    await until('it is to be repeated', async () => (await readRun(ctx, id))?.status === 'waiting');
    proxy.isOpen(true);

    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', output: { rows: 1 } });
  });

  test('deadlocks are retried', async () => {
    const { database, submit, ctx } = await open();
    await database.client.query('CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)');
    await database.client.query("SET deadlock_timeout = '10s'; BEGIN; UPDATE t SET n = 1 WHERE id = 2");
    const id = await submit('execute_statement', { statement: 'UPDATE t SET n = n + 1' });
    await until('it waits', () => isRunning(database, 'UPDATE t SET n = n + 1'));
    await database.client.query('UPDATE t SET n = 1 WHERE id = 1').catch(() => {});
    await database.client.query('COMMIT').catch(() => {});

    expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  });

  test('no more connections than the account may have', async () => {
    const { database, submit, ctx } = await open({ limits: { concurrent: 2 } });
    const statement = 'SELECT pg_sleep(0.3)';
    const ids = await Promise.all(Array.from({ length: 6 }, () => submit('query', { statement })));
    let most = 0;
    await until('all have ended', async () => {
      const { rows } = await database.client.query(
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [database.name],
      );
      most = Math.max(most, rows[0].n);
      const runs = await Promise.all(ids.map((id) => readRun(ctx, id)));
      return runs.every((run) => run?.status === 'succeeded');
    });

    expect(most).toBeLessThanOrEqual(2);
  });
});
