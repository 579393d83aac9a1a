import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const FS = '/api/2.0/fs';
const VOLUME = '/Volumes/main/default/uploads';

describe('large files', () => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient();
    const volume = { catalog_name: 'main', schema_name: 'default', name: 'uploads', volume_type: 'MANAGED' };
    await workspace.send('POST', '/api/2.1/unity-catalog/volumes', volume);
  });
  afterAll(() => workspace.close());

  const begin = async (path: string, more = '') =>
    workspace.send('POST', `${FS}/files${path}?action=initiate-upload${more}`);
  const upload = async (path: string, parts: Buffer[]) => {
    const { session_token } = (await begin(path, '&overwrite=true')).json.multipart_upload;
    const order = { path, session_token, start_part_number: 1, count: parts.length };
    const { upload_part_urls } = (await workspace.send('POST', `${FS}/create-upload-part-urls`, order)).json;
    const etags: { part_number: number; etag: string }[] = [];
    for (const [index, part] of parts.entries()) {
      const { url, part_number } = upload_part_urls[index];
      const response = await fetch(url, { method: 'PUT', body: new Uint8Array(part) });
      etags.push({ part_number, etag: String(response.headers.get('etag')) });
    }
    const complete = (list: object[]) =>
      workspace.send(
        'POST',
        `${FS}/files${path}?action=complete-upload&upload_type=multipart&session_token=${session_token}`,
        { parts: list },
      );
    return { etags, complete, session_token, url: upload_part_urls[0].url as string };
  };
  const read = async (path: string) => {
    const response = await fetch(`${workspace.url}${FS}/files${path}`, {
      headers: { authorization: `Bearer ${workspace.token}` },
    });
    return Buffer.from(await response.arrayBuffer());
  };

  it('arrive in parts through links that take no token', async () => {
    const parts = [randomBytes(1_000_000), randomBytes(500_000), randomBytes(7)];
    const { etags, complete } = await upload(`${VOLUME}/big.bin`, parts);

    expect((await read(`${VOLUME}/big.bin`)).toString()).toContain('NOT_FOUND');
    expect((await complete(etags)).status).toBe(200);
    expect((await read(`${VOLUME}/big.bin`)).equals(Buffer.concat(parts))).toBe(true);
  });

  it('are refused with parts out of order, with a wrong etag, or twice', async () => {
    const { etags, complete } = await upload(`${VOLUME}/wrong.bin`, [Buffer.from('a'), Buffer.from('b')]);

    expect((await complete(etags.toReversed())).json.message).toContain('ascending');
    expect((await complete([{ ...etags[0], etag: '"x"' }])).json.message).toContain('etag');
    expect((await complete(etags)).status).toBe(200);
    expect((await complete(etags)).status).toBe(404);
    expect((await begin(`${VOLUME}/wrong.bin`)).json.error_code).toBe('ALREADY_EXISTS');
  });

  it('can be given up, and take no link that is forged', async () => {
    const path = `${VOLUME}/gone.bin`;
    const { etags, complete, session_token, url } = await upload(path, [Buffer.from('a')]);
    const { abort_upload_url } = (
      await workspace.send('POST', `${FS}/create-abort-upload-url`, { path, session_token })
    ).json;

    expect((await fetch(url.replace(/signature=.*/, 'signature=x'), { method: 'PUT', body: 'a' })).status).toBe(403);
    expect((await fetch(abort_upload_url.url, { method: 'DELETE' })).status).toBe(204);
    expect((await complete(etags)).status).toBe(404);
  });

  it('come back through a link, in ranges, and not when they changed meanwhile', async () => {
    const path = `${VOLUME}/big.bin`;
    const { url } = (await workspace.send('POST', `${FS}/create-download-url?path=${encodeURIComponent(path)}`)).json;
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    const early = { 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' };
    const stale = await workspace.send('GET', `${FS}/files${path}`, undefined, early);

    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10]);
    expect(stale.status).toBe(412);
  });

  it('stream into DBFS block by block, and arrive whole or not at all', async () => {
    const block = randomBytes(900_000).toString('base64');
    const { handle } = (await workspace.send('POST', '/api/2.0/dbfs/create', { path: '/tmp/stream' })).json;
    await workspace.send('POST', '/api/2.0/dbfs/add-block', { handle, data: block });
    await workspace.send('POST', '/api/2.0/dbfs/add-block', { handle, data: block });
    const before = await workspace.send('GET', '/api/2.0/dbfs/get-status?path=/tmp/stream');
    await workspace.send('POST', '/api/2.0/dbfs/close', { handle });
    const form = new FormData();
    form.set('path', 'dbfs:/tmp/form');
    form.set('contents', new Blob([new Uint8Array(2_000_000)]));

    expect(before.json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    expect((await workspace.send('GET', '/api/2.0/dbfs/get-status?path=/tmp/stream')).json.file_size).toBe(1_800_000);
    expect((await workspace.send('POST', '/api/2.0/dbfs/put', form)).status).toBe(200);
    expect((await workspace.send('GET', '/api/2.0/dbfs/get-status?path=/tmp/form')).json.file_size).toBe(2_000_000);
    expect((await workspace.send('POST', '/api/2.0/dbfs/add-block', { handle, data: block })).json.error_code).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    );
  });

  it('keep to the folder of DBFS whatever their path says', async () => {
    const { json } = await workspace.send('GET', '/api/2.0/dbfs/list?path=/../../');

    expect(json.files.map((file: { path: string }) => file.path)).toContain('/tmp');
  });
});
