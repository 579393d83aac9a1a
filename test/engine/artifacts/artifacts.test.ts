import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ArtifactStore } from '../../../engine/artifacts/artifact-store.ts';
import { openArtifacts } from '../../../engine/artifacts/artifacts.ts';
import { S3_KEYS, startS3 } from './s3-server.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'penstock-artifacts-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function fileStore(): Promise<ArtifactStore> {
  return openArtifacts(`file:${await folder()}`);
}

async function s3Store(): Promise<ArtifactStore> {
  const { url } = await startS3();
  return openArtifacts(url, S3_KEYS);
}

async function read(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

const bytes = (text: string) => Buffer.from(text);

describe.each([
  ['of files', fileStore],
  ['of S3 objects', s3Store],
])('an artifact store %s', (_kind, open) => {
  test('gives back what was written, whole or a range', async () => {
    const store = await open();
    const writer = await store.write('art_run_1', 0);
    await writer.write(bytes('hello '));
    await writer.flush();
    await writer.write(bytes('world'));
    await writer.close();

    expect(await store.size('art_run_1')).toBe(11);
    expect(await read(await store.read('art_run_1'))).toBe('hello world');
    expect(await read(await store.read('art_run_1', { start: 4, end: 7 }))).toBe('o wo');
  });

  test('continues at an offset and drops what lies after it', async () => {
    const store = await open();
    const first = await store.write('art_run_2', 0);
    await first.write(bytes('0123456789'));
    await first.flush();
    await first.write(bytes('lost'));
    await first.close();

    const second = await store.write('art_run_2', 7);
    await second.write(bytes('abc'));
    await second.close();

    expect(second.size).toBe(10);
    expect(await read(await store.read('art_run_2'))).toBe('0123456abc');
  });

  test('starts over at 0', async () => {
    const store = await open();
    for (const text of ['a long first text', 'short']) {
      const writer = await store.write('art_run_3', 0);
      await writer.write(bytes(text));
      await writer.close();
    }

    expect(await read(await store.read('art_run_3'))).toBe('short');
  });

  test('keeps an empty artifact', async () => {
    const store = await open();
    await (await store.write('art_run_4', 0)).close();

    expect(await store.size('art_run_4')).toBe(0);
    expect(await read(await store.read('art_run_4'))).toBe('');
  });

  test('keeps more than fits into one part', async () => {
    const store = await open();
    const block = Buffer.alloc(3 * 1024 * 1024, 'x');
    const writer = await store.write('art_run_5', 0);
    for (let i = 0; i < 6; i++) await writer.write(block);
    await writer.close();

    expect(await store.size('art_run_5')).toBe(6 * block.byteLength);
    expect(await read(await store.read('art_run_5', { start: 9_000_000, end: 9_000_004 }))).toBe('xxxxx');
  });

  test('removes, also twice, and then finds nothing', async () => {
    const store = await open();
    const writer = await store.write('art_run_6', 0);
    await writer.write(bytes('x'));
    await writer.close();

    await store.remove('art_run_6');
    await store.remove('art_run_6');

    await expect(store.read('art_run_6')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  test("takes the id of a step's run, which has a dot", async () => {
    const store = await open();
    const writer = await store.write('art_run_7.post_in', 0);
    await writer.write(bytes('rows'));
    await writer.close();

    expect(await read(await store.read('art_run_7.post_in'))).toBe('rows');
  });

  test('finds nothing under an id that would lead elsewhere', async () => {
    const store = await open();

    for (const id of ['../../etc/passwd', '..', 'art_run_7..post', 'art_run_7/post']) {
      await expect(store.read(id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
  });
});
