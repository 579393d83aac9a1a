import { expect, test } from 'vitest';
import { storeValue } from '../../engine/artifacts/values.ts';
import { finishRun } from '../../engine/runs/run-writes.ts';
import { readRun } from '../../engine/runs/runs.ts';
import { startTestApi, type TestApi } from './client.ts';
import { openApiWorkspace } from './workspace.ts';

test('streams a large output whole', async () => {
  const { send, run, text } = await withArtifact();

  const answer = await send('GET', `/v1/runs/${run}/artifact`);

  expect(answer.status).toBe(200);
  expect(answer.text).toBe(text);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('content-length')).toBe(String(text.length));
  expect(answer.headers.get('accept-ranges')).toBe('bytes');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
});

test('gives a range of it, and says which', async () => {
  const { send, run, text } = await withArtifact();

  const answer = await send('GET', `/v1/runs/${run}/artifact`, { headers: { range: 'bytes=10-19' } });

  expect(answer).toMatchObject({ status: 206, text: text.slice(10, 20) });
  expect(answer.headers.get('content-range')).toBe(`bytes 10-19/${text.length}`);
});

test('answers 416 with the size for a range outside of it', async () => {
  const { send, run, text } = await withArtifact();

  const answer = await send('GET', `/v1/runs/${run}/artifact`, { headers: { range: `bytes=${text.length}-` } });

  expect(answer).toMatchObject({ status: 416, body: { code: 'ERR_RANGE' } });
  expect(answer.headers.get('content-range')).toBe(`bytes */${text.length}`);
});

test('gives a range only of the bytes that If-Range names', async () => {
  const { send, run, text } = await withArtifact();
  const etag = (await send('GET', `/v1/runs/${run}/artifact`)).headers.get('etag')!;

  const same = await send('GET', `/v1/runs/${run}/artifact`, { headers: { range: 'bytes=0-1', 'if-range': etag } });
  const other = await send('GET', `/v1/runs/${run}/artifact`, {
    headers: { range: 'bytes=0-1', 'if-range': '"other"' },
  });

  expect(same).toMatchObject({ status: 206, text: text.slice(0, 2) });
  expect(other).toMatchObject({ status: 200, text });
});

test('reads the artifact that an output names, whole, in ranges and by its id, and none of another run', async () => {
  const api = await openApiWorkspace();
  const { send, workspace } = api;
  const text = 'a file of a volume';
  const run = async (action: string, input: object) => {
    const body = { action: `databricks.${action}`, linked_account: 'demo', input };
    return (await send('POST', '/v1/runs', { body, headers: { prefer: 'wait=20' } })).body;
  };
  const { warehouseId: warehouse_id } = workspace.emulator;
  await run('execute_statement', { warehouse_id, statement: 'CREATE VOLUME main.default.files' });
  const file_path = '/Volumes/main/default/files/a.txt';
  await run('upload_file', { file_path, text });
  const made = await run('download_file', { file_path, as: 'ARTIFACT' });
  const { id } = made.output.artifact;
  const other = await run('download_file', { file_path, as: 'ARTIFACT' });
  const forged = await send('POST', '/v1/runs', {
    body: { action: 'core.transform', input: { value: 1, artifact: made.output.artifact } },
    headers: { prefer: 'wait=20' },
  });

  const whole = await send('GET', `/v1/runs/${made.id}/artifact`);
  const part = await send('GET', `/v1/runs/${made.id}/artifact?id=${id}`, { headers: { range: 'bytes=2-5' } });
  const unknown = await send('GET', `/v1/runs/${other.id}/artifact?id=${id}`);

  expect(whole).toMatchObject({ status: 200, text });
  expect(whole.headers.get('content-disposition')).toMatch(/^attachment/);
  expect(part).toMatchObject({ status: 206, text: 'file' });
  expect(part.headers.get('content-range')).toBe(`bytes 2-5/${text.length}`);
  expect(unknown).toMatchObject({ status: 404, body: { detail: expect.stringContaining(id) } });
  expect((await send('GET', `/v1/runs/${forged.body.id}/artifact`)).status).toBe(404);
});

test('streams a large input, and says where a small value is', async () => {
  const { send } = await startTestApi();
  const rows = [{ text: 'x'.repeat(100_000) }];
  const { body: run } = await send('POST', '/v1/runs', { body: { action: 'core.file', input: { path: 'x', rows } } });

  const input = await send('GET', `/v1/runs/${run.id}/artifact?part=input`);
  const output = await send('GET', `/v1/runs/${run.id}/artifact`);

  expect(run).toMatchObject({ input_artifact: { media_type: 'application/json' } });
  expect(run).not.toHaveProperty('input');
  expect(JSON.parse(input.text)).toEqual({ path: 'x', rows });
  expect(output).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND', hint: expect.stringContaining(run.id) } });
});

test('answers 404 when the artifact went before its run', async () => {
  const { send, run, ctx } = await withArtifact();
  const { artifact } = (await readRun(ctx, run))!;
  await ctx.artifacts.remove(artifact!.id);

  expect((await send('GET', `/v1/runs/${run}/artifact`)).status).toBe(404);
});

/** A run that ended with an output too large for its record. */
async function withArtifact(): Promise<TestApi & { run: string; text: string }> {
  const api = await startTestApi();
  const { body } = await api.send('POST', '/v1/runs', {
    body: { action: 'core.file', input: { path: 'x', rows: [] } },
  });
  const output = { rows: Array.from({ length: 20_000 }, (_, n) => ({ n })) };
  const stored = await storeValue(api.ctx, output, { run: body.id, part: 'out' });
  if (!('artifact' in stored)) throw new Error('the value is too small for an artifact');
  await finishRun(api.ctx, (await readRun(api.ctx, body.id))!, { status: 'succeeded', artifact: stored.artifact });
  return { ...api, run: body.id, text: JSON.stringify(output) };
}
