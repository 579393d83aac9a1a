import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const ROOT = 'Volumes/main/default/v';
const FILES = `/api/2.0/fs/files/${ROOT}`;
const FOLDERS = `/api/2.0/fs/directories/${ROOT}`;

describe('files of volumes', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
    await workspace.sql('CREATE VOLUME main.default.v');
  });
  afterAll(() => workspace.close());
  const put = (path: string, text: string) =>
    workspace.send('PUT', FILES + path, text, { 'content-type': 'application/octet-stream' });

  it('go up and come down, whole or in part', async () => {
    expect((await put('/a/b.txt', '0123456789')).status).toBe(204);
    const whole = await workspace.send('GET', `${FILES}/a/b.txt`);
    const part = await workspace.send('GET', `${FILES}/a/b.txt`, undefined, { range: 'bytes=2-4' });
    const tail = await workspace.send('GET', `${FILES}/a/b.txt`, undefined, { range: 'bytes=-3' });
    const head = await workspace.send('HEAD', `${FILES}/a/b.txt`);

    expect([whole.text, whole.headers.get('content-type')]).toEqual(['0123456789', 'application/octet-stream']);
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    expect(tail.text).toBe('789');
    expect([head.status, head.headers.get('content-length'), head.headers.get('last-modified')]).toEqual([
      200,
      '10',
      expect.any(String),
    ]);
  });

  it('are not overwritten unless asked', async () => {
    await put('/once.txt', 'first');
    const refused = await put('/once.txt', 'second');
    expect([refused.status, refused.json.error_code]).toEqual([409, 'ALREADY_EXISTS']);
    expect((await put('/once.txt?overwrite=true', 'second')).status).toBe(204);

    expect((await workspace.send('GET', `${FILES}/once.txt`)).text).toBe('second');
  });

  it('have names of any kind, and never leave the volume', async () => {
    const name = '/ö %23?#.txt'.split('/').map(encodeURIComponent).join('/');
    await put(name, 'x');
    const listed = (await workspace.send('GET', FOLDERS)).json.contents.map((entry: { name: string }) => entry.name);

    expect(listed).toContain('ö %23?#.txt');
    expect((await workspace.send('GET', FILES + name)).text).toBe('x');
    expect((await workspace.send('GET', `${FILES}/..%2f..%2f..%2f..%2fetc%2fpasswd`)).status).toBe(404);
  });

  it('are listed by folder, a page at a time', async () => {
    for (const name of ['1', '2', '3']) await put(`/many/${name}.txt`, name);
    await workspace.send('PUT', `${FOLDERS}/many/inner`);
    const first = (await workspace.send('GET', `${FOLDERS}/many?page_size=2`)).json;
    const second = (await workspace.send('GET', `${FOLDERS}/many?page_size=2&page_token=${first.next_page_token}`))
      .json;

    expect([...first.contents, ...second.contents]).toMatchObject([
      {
        path: `/${ROOT}/many/1.txt`,
        name: '1.txt',
        is_directory: false,
        file_size: 1,
        last_modified: expect.any(Number),
      },
      { name: '2.txt' },
      { name: '3.txt' },
      { name: 'inner', is_directory: true },
    ]);
    expect(second).not.toHaveProperty('next_page_token');
  });

  it('and folders are deleted, a folder only when empty', async () => {
    await put('/gone/a.txt', 'a');
    expect((await workspace.send('DELETE', `${FOLDERS}/gone`)).json.error_code).toBe('DIRECTORY_NOT_EMPTY');
    expect((await workspace.send('DELETE', `${FILES}/gone/a.txt`)).status).toBe(204);
    expect((await workspace.send('DELETE', `${FOLDERS}/gone`)).status).toBe(204);

    expect((await workspace.send('HEAD', `${FOLDERS}/gone`)).status).toBe(404);
    expect((await workspace.send('DELETE', `${FILES}/gone/a.txt`)).json.error_code).toBe('NOT_FOUND');
  });

  it.each([
    ['/api/2.0/fs/files/Workspace/x', 400],
    ['/api/2.0/fs/files/Volumes/main/default/nope/x', 404],
  ])('refuse GET %s', async (path, status) => {
    expect((await workspace.send('GET', path)).status).toBe(status);
  });

  it('are refused in a volume that is forbidden', async () => {
    workspace.access.forbid('volume', 'main.default.v');
    const reply = await workspace.send('GET', FOLDERS);
    workspace.access.allow('volume', 'main.default.v');

    expect([reply.status, reply.json.error_code]).toEqual([403, 'PERMISSION_DENIED']);
  });
});
