import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readZip } from '../../emulator/workspace-objects/zip.ts';
import { type Client, startClient } from './client.ts';

const PATH = '/api/2.0/workspace';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const SOURCE = '# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\nprint(1)\n';

describe('workspace objects', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
  });
  afterAll(() => workspace.close());
  const bring = (body: object) => workspace.send('POST', `${PATH}/import`, body);
  const fetchObject = (path: string, format = 'SOURCE', more = '') =>
    workspace.send('GET', `${PATH}/export?${new URLSearchParams({ path, format })}${more}`);
  const content = async (path: string, format?: string) =>
    Buffer.from((await fetchObject(path, format)).json.content, 'base64').toString();
  const status = async (path: string) =>
    (await workspace.send('GET', `${PATH}/get-status?${new URLSearchParams({ path })}`)).json;

  it('come in as source and go out in every form that comes in again', async () => {
    await bring({ path: '/Shared/nb', format: 'SOURCE', language: 'PYTHON', content: base64(SOURCE) });
    for (const format of ['JUPYTER', 'HTML', 'DBC']) {
      const exported = (await fetchObject('/Shared/nb', format)).json;
      expect((await bring({ path: `/Shared/${format}`, format, content: exported.content })).json).toEqual({});
    }

    expect(await status('/Shared/nb')).toMatchObject({
      object_type: 'NOTEBOOK',
      language: 'PYTHON',
      path: '/Shared/nb',
      object_id: expect.any(Number),
    });
    expect(await content('/Shared/nb')).toBe(SOURCE);
    expect(await content('/Shared/HTML')).toBe(SOURCE);
    expect((await content('/Shared/JUPYTER')).replaceAll('\n\n', '\n')).toBe(SOURCE.replaceAll('\n\n', '\n'));
    expect(await content('/Shared/DBC/nb')).toBe(SOURCE);
    expect(JSON.parse(await content('/Shared/nb', 'JUPYTER')).cells).toMatchObject([
      { cell_type: 'markdown', source: ['# Title'] },
      { cell_type: 'code', source: ['print(1)'] },
    ]);
  });

  it('are told apart by AUTO', async () => {
    await bring({ path: '/Shared/auto.py', format: 'AUTO', content: base64(SOURCE) });
    await bring({ path: '/Shared/plain.py', format: 'AUTO', content: base64('print(2)') });
    await bring({
      path: '/Shared/book.ipynb',
      format: 'AUTO',
      content: base64(JSON.stringify({ cells: [{ cell_type: 'code', source: ['x = 1'] }] })),
    });

    expect([
      (await status('/Shared/auto')).object_type,
      (await status('/Shared/plain.py')).object_type,
      (await status('/Shared/book')).language,
    ]).toEqual(['NOTEBOOK', 'FILE', 'PYTHON']);
    expect(await content('/Shared/plain.py', 'AUTO')).toBe('print(2)');
  });

  it('come in as multipart and go out as bytes', async () => {
    const form = new FormData();
    form.set('path', '/Shared/raw.bin');
    form.set('format', 'RAW');
    form.set('content', new Blob([new Uint8Array([0, 255, 1])]), 'raw.bin');
    expect((await workspace.send('POST', `${PATH}/import`, form)).status).toBe(200);
    const response = await fetch(
      `${workspace.url}${PATH}/export?path=/Shared/raw.bin&format=RAW&direct_download=true`,
      { headers: { authorization: `Bearer ${workspace.token}` } },
    );

    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 255, 1]));
    expect(await status('/Shared/raw.bin')).toMatchObject({ object_type: 'FILE', size: 3 });
  });

  it('are listed, a folder by its children and an object by itself', async () => {
    await workspace.send('POST', `${PATH}/mkdirs`, { path: '/Shared/deep/er' });
    await bring({ path: '/Shared/deep/er/nb', format: 'SOURCE', language: 'SQL', content: base64('SELECT 1') });
    const list = async (path: string) =>
      (await workspace.send('GET', `${PATH}/list?path=${path}`)).json.objects?.map(
        (item: { path: string }) => item.path,
      );

    expect(await list('/Shared/deep')).toEqual(['/Shared/deep/er']);
    expect(await list('/Shared/deep/er/nb')).toEqual(['/Shared/deep/er/nb']);
    expect(await list('/Repos')).toBeUndefined();
    expect((await workspace.send('GET', `${PATH}/list?path=/nope`)).json).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: "Path (/nope) doesn't exist.",
    });
  });

  it('of a folder go out as one archive', async () => {
    await workspace.send('POST', `${PATH}/mkdirs`, { path: '/Shared/set' });
    await bring({ path: '/Shared/set/one', format: 'SOURCE', language: 'SQL', content: base64('SELECT 1') });
    const exported = (await fetchObject('/Shared/set')).json;

    expect(exported.file_type).toBe('zip');
    expect(readZip(Buffer.from(exported.content, 'base64')).map((entry) => `${entry.name}: ${entry.bytes}`)).toEqual([
      'one.sql: -- Databricks notebook source\nSELECT 1',
    ]);
    expect((await fetchObject('/Shared/set', 'HTML')).json.error_code).toBe('INVALID_PARAMETER_VALUE');
  });

  it('are deleted, a full folder only when asked', async () => {
    await workspace.send('POST', `${PATH}/mkdirs`, { path: '/Shared/del/a' });
    const remove = (body: object) => workspace.send('POST', `${PATH}/delete`, body);

    expect((await remove({ path: '/Shared/del' })).json.error_code).toBe('DIRECTORY_NOT_EMPTY');
    expect((await remove({ path: '/Shared/del', recursive: true })).json).toEqual({});
    expect((await remove({ path: '/Shared/del' })).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });

  it.each([
    [{ path: '/Shared/x', content: base64('x') }, 'INVALID_PARAMETER_VALUE', 'language'],
    [{ path: '/nope/x', content: base64('x'), language: 'SQL' }, 'RESOURCE_DOES_NOT_EXIST', 'parent folder'],
    [{ path: 'x', content: base64('x'), language: 'SQL' }, 'INVALID_PARAMETER_VALUE', 'absolute'],
    [{ path: '/Shared', content: base64('x'), language: 'SQL', overwrite: true }, 'RESOURCE_ALREADY_EXISTS', '/Shared'],
    [{ path: '/Shared/x', content: 'not base64!', language: 'SQL' }, 'INVALID_PARAMETER_VALUE', 'base64'],
    [
      { path: '/Shared/x', content: 'A'.repeat(10 * 1024 * 1024 + 4), language: 'SQL' },
      'MAX_NOTEBOOK_SIZE_EXCEEDED',
      'exceeds the limit',
    ],
    [{ path: '/Shared/x', content: base64('{}'), format: 'JUPYTER' }, 'INVALID_PARAMETER_VALUE', 'Jupyter'],
    [{ path: '/Shared/x', content: base64('x'), format: 'dbc' }, 'INVALID_PARAMETER_VALUE', 'DBC'],
  ])('refuse an import that does not fit (case %#)', async (body, code, text) => {
    const { json } = await bring(body);

    expect(json).toEqual({ error_code: code, message: expect.stringContaining(text) });
  });

  it('keep an object that exists unless told to overwrite', async () => {
    const body = { path: '/Shared/kept', format: 'SOURCE', language: 'SQL', content: base64('SELECT 1') };
    await bring(body);
    expect((await bring(body)).json.error_code).toBe('RESOURCE_ALREADY_EXISTS');
    expect((await bring({ ...body, content: base64('SELECT 2'), overwrite: true })).status).toBe(200);

    expect(await content('/Shared/kept')).toContain('SELECT 2');
  });
});
