import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../compile-cache.ts';
import { type Client, startClient, until } from './client.ts';

describe('a data folder', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'emulator-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = (more: object = {}): Promise<Client> =>
    startClient({
      dataFolder: folder,
      samples: 'small',
      sampleRows: 10,
      token: 'dapi-fixed',
      clientId: 'c',
      clientSecret: 's',
      ...more,
    });

  it('keeps tables, files, jobs, users and tokens over a restart', async () => {
    const first = await start();
    const access = (
      await first.send(
        'POST',
        '/oidc/v1/token',
        new URLSearchParams({ grant_type: 'client_credentials', client_id: 'c', client_secret: 's' }),
        { authorization: '' },
      )
    ).json.access_token;
    await first.sql(
      "CREATE TABLE main.default.kept (a INT) COMMENT 'kept' TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
    );
    await first.sql('INSERT INTO main.default.kept VALUES (1)');
    await first.sql('CREATE CATALOG other');
    await first.sql('CREATE VOLUME main.default.v');
    await first.send('PUT', '/api/2.0/fs/files/Volumes/main/default/v/f.txt', 'text', {
      'content-type': 'application/octet-stream',
    });
    const job = (
      await first.send('POST', '/api/2.2/jobs/create', {
        name: 'kept',
        tasks: [{ task_key: 'a', notebook_task: { notebook_path: '/a', base_parameters: { sleep_seconds: '0.2' } } }],
      })
    ).json.job_id;
    const run = (await first.send('POST', '/api/2.2/jobs/run-now', { job_id: job, idempotency_token: 'kept' })).json
      .run_id;
    await first.send('POST', '/api/2.0/preview/scim/v2/Users', { userName: 'kept@example.com' });
    await first.close();
    // a kill in the middle of a write leaves half a line
    appendFileSync(join(folder, 'state.ndjson'), '{"c":"jobs","id":"1","val');

    const log: string[] = [];
    const second = await start({ log: (line: string) => log.push(line) });
    expect(log).toEqual([]);
    expect(await second.rows('SELECT a FROM main.default.kept')).toEqual([['1']]);
    expect(await second.rows("SELECT a, _change_type FROM table_changes('main.default.kept', 1)")).toEqual([
      ['1', 'insert'],
    ]);
    expect(await second.rows('SELECT count(*) FROM samples.flights.flights')).toEqual([['10']]);
    expect(await second.rows("SHOW CATALOGS LIKE 'other'")).toEqual([['other']]);
    expect((await second.send('GET', '/api/2.1/unity-catalog/tables/main.default.kept')).json.comment).toBe('kept');
    expect((await second.send('GET', '/api/2.0/fs/files/Volumes/main/default/v/f.txt')).text).toBe('text');
    expect(
      (await second.send('GET', '/api/2.0/preview/scim/v2/Users?filter=userName+eq+"kept@example.com"')).json
        .totalResults,
    ).toBe(1);
    expect(
      (await second.send('GET', '/api/2.0/preview/scim/v2/Me', undefined, { authorization: `Bearer ${access}` }))
        .status,
    ).toBe(200);
    expect(
      (await second.send('POST', '/api/2.2/jobs/run-now', { job_id: job, idempotency_token: 'kept' })).json.run_id,
    ).toBe(run);
    const done = await until(
      () => second.send('GET', `/api/2.2/jobs/runs/get?run_id=${run}`),
      (reply) => reply.json.status.state === 'TERMINATED',
    );
    expect(done.json.state.result_state).toBe('SUCCESS');
    await second.close();
  });

  it('is not needed: without one nothing is left behind', async () => {
    const client = await startClient();
    await client.sql('SELECT 1');
    await client.close();

    await expect(fetch(client.url)).rejects.toThrow();
  });
});

describe('the command', () => {
  const run = (env: Record<string, string>) =>
    spawn(process.execPath, [new URL('../../emulator/main.ts', import.meta.url).pathname], {
      env: { ...COMPILE_CACHE, PATH: process.env.PATH ?? '', ...env },
    });

  it('prints its URL, answers, and ends on SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emulator-test-'));
    const child = run({ EMULATOR_TOKEN: 'dapi-main', EMULATOR_DATA: folder });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const response = await fetch(`${line.toString().trim()}/api/2.0/preview/scim/v2/Me`, {
      headers: { authorization: 'Bearer dapi-main' },
    });
    expect(response.status).toBe(200);

    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });

  it('says so in one line when its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = run({ EMULATOR_PORT: String(port) });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => {
      text += piece;
    });
    const [code] = await once(child, 'exit');
    server.close();

    expect([code, text]).toEqual([
      1,
      `Port ${port} is taken. Set EMULATOR_PORT to another one, or to 0 for any free one.\n`,
    ]);
  });
});
