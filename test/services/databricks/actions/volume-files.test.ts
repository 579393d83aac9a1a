import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { actionOf, callOf, openBench, runToEnd, useEmulator } from '../../../actions/harness.ts';

const emulator = useEmulator();
const FOLDER = '/Volumes/main/default/files_of_a_test';

async function run(id: string, input: object, bench = openBench(emulator())) {
  const action = await actionOf(id);
  const { output } = await runToEnd(action, callOf(action, input), bench);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes
  return { output: output as any, bench };
}

beforeAll(async () => {
  const response = await fetch(`${emulator().url}/api/2.1/unity-catalog/volumes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator().token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      catalog_name: 'main',
      schema_name: 'default',
      name: 'files_of_a_test',
      volume_type: 'MANAGED',
    }),
  });
  if (!response.ok) throw new Error(await response.text());
});

describe('a file of a volume', () => {
  test.each(['plain.txt', 'a b/ü #1?.csv', '100%.txt'])('comes back as it was written: %s', async (name) => {
    const file_path = `${FOLDER}/${name}`;

    const { output } = await run('databricks.upload_file', { file_path, text: 'a,é\n1,2\n' });

    expect(output).toEqual({ file_path, bytes: 9 });
    expect((await run('databricks.download_file', { file_path, as: 'TEXT' })).output).toMatchObject({
      file_path,
      bytes: 9,
      text: 'a,é\n1,2\n',
    });
  });

  test('of bytes goes up and down as base64', async () => {
    const file_path = `${FOLDER}/bytes.bin`;
    const content = Buffer.from([0, 255, 1, 254]).toString('base64');

    await run('databricks.upload_file', { file_path, content });

    expect((await run('databricks.download_file', { file_path, as: 'BASE64' })).output).toMatchObject({
      bytes: 4,
      content,
    });
    await expect(run('databricks.download_file', { file_path, as: 'TEXT' })).rejects.toMatchObject({
      code: 'ERR_RESPONSE_INVALID',
    });
  });

  test('of eight megabytes goes up as base64, in one line or wrapped', async () => {
    const bytes = randomBytes(8 * 1024 * 1024);
    const lines = bytes.toString('base64').replace(/(.{76})/g, '$1\n');

    for (const content of [bytes.toString('base64'), lines]) {
      const { output } = await run('databricks.upload_file', {
        file_path: `${FOLDER}/8mb.bin`,
        content,
        overwrite: true,
      });
      expect(output).toMatchObject({ bytes: bytes.length });
    }
  });

  test.each(['order_id,total', 'test\ndata\n', 'AAE'])(
    'is not written when its base64 is none: %j',
    async (content) => {
      await expect(run('databricks.upload_file', { file_path: `${FOLDER}/no.bin`, content })).rejects.toMatchObject({
        code: 'ERR_INPUT_INVALID',
        errors: [{ pointer: '/content', message: expect.stringContaining('must be base64') }],
      });
    },
  );

  test('streams from an artifact and into one', async () => {
    const file_path = `${FOLDER}/large.bin`;
    const bench = openBench(emulator());
    const bytes = randomBytes(12_000_000);
    const sink = await bench.io.openArtifact({ mediaType: 'application/octet-stream' });
    await sink.write(bytes);
    await sink.close();

    await run('databricks.upload_file', { file_path, artifact: sink.id }, bench);
    const { output } = await run('databricks.download_file', { file_path }, bench);

    expect(output).toMatchObject({
      bytes: bytes.length,
      artifact: { media_type: 'application/octet-stream', size: bytes.length },
    });
    expect(bench.artifact(output.artifact.id).equals(bytes)).toBe(true);
    await expect(run('databricks.download_file', { file_path, as: 'BASE64' })).rejects.toMatchObject({
      code: 'ERR_RESPONSE_TOO_LARGE',
    });
  });

  test('is not replaced unless asked', async () => {
    const file_path = `${FOLDER}/once.txt`;
    await run('databricks.upload_file', { file_path, text: 'a' });

    await expect(run('databricks.upload_file', { file_path, text: 'b' })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'conflict',
    });
    await run('databricks.upload_file', { file_path, text: 'b', overwrite: true });

    expect((await run('databricks.download_file', { file_path, as: 'TEXT' })).output.text).toBe('b');
  });

  test('that is not there is not found', async () => {
    await expect(run('databricks.download_file', { file_path: `${FOLDER}/nope` })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'not_found',
    });
  });

  test('cannot be outside the volumes', async () => {
    const action = await actionOf('databricks.download_file');
    const call = {
      ...callOf(action, { file_path: `${FOLDER}/some.txt` }),
      input: { file_path: '/Volumes/../../api/2.0/secrets', as: 'TEXT' },
    };

    await expect(runToEnd(action, call, openBench(emulator()))).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });
});
