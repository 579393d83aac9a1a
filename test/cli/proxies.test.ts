import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startTestApi } from '../api/client.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';

const MAIN = fileURLToPath(new URL('../../cli/penstock.mjs', import.meta.url));
const ARTIFACTS = fileURLToPath(new URL('../../engine/artifacts/artifacts.ts', import.meta.url));
const PROXIES = fileURLToPath(new URL('../../connector/proxies.ts', import.meta.url));
const LONG = 60_000;

test('the CLI goes through HTTP_PROXY, and past it for a host in NO_PROXY', { timeout: LONG }, async () => {
  const api = await startTestApi();
  const proxy = await startProxy(new URL(api.origin).host);
  const env = {
    PENSTOCK_URL: 'http://penstock.example.test',
    PENSTOCK_API_KEY: await api.keyOf('admin'),
    HTTP_PROXY: `http://user:pw@127.0.0.1:${proxy.port}`,
  };

  const through = await run([MAIN, 'workflows', 'list', '--json'], env);
  const asked = proxy.asked.splice(0);
  const past = await run([MAIN, 'workflows', 'list'], { ...env, NO_PROXY: '.example.test' });

  expect(through).toMatchObject({ code: 0, out: expect.stringMatching(/^[[{]/) });
  expect(asked[0]).toEqual(['penstock.example.test', `Basic ${btoa('user:pw')}`]);
  expect(past.code).not.toBe(0);
  expect(proxy.asked).toEqual([]);
  expect(through.err + past.err).not.toContain('pw');
});

test('the artifact store on S3 goes through HTTP_PROXY', { timeout: LONG }, async () => {
  // A bucket without objects: what matters is that its answer comes.
  const stored = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end('<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>');
  });
  await listen(stored);
  const proxy = await startProxy(`127.0.0.1:${(stored.address() as AddressInfo).port}`);
  const program = `
    const { useProxiesForFetch } = await import(${JSON.stringify(PROXIES)});
    const { openArtifacts } = await import(${JSON.stringify(ARTIFACTS)});
    useProxiesForFetch(process.env);
    const store = openArtifacts('s3://bucket?endpoint=http://s3.example.test&region=eu-central-1', {
      AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    console.log(await store.size('art_run_1.out').catch(({ code }) => code));`;

  const ended = await run(['--input-type=module', '-e', program], { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });

  expect(ended).toMatchObject({ code: 0, out: 'ERR_NOT_FOUND\n' });
  expect(proxy.asked.map(([host]) => host)).toContain('s3.example.test');
});

async function run(argv: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, argv, {
    env: { ...COMPILE_CACHE, PATH: process.env.PATH, PENSTOCK_DATA: '/nowhere', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'close');
  return { code: code as number | null, out, err };
}

/** A proxy that leads every name to one address: by a tunnel, or by passing a request on. */
async function startProxy(target: string): Promise<{ port: number; asked: [string, string?][] }> {
  const asked: [string, string?][] = [];
  const note = (host: string, credentials: string | undefined) =>
    void asked.push(credentials === undefined ? [host] : [host, credentials]);
  const [hostname = '', port] = target.split(':');
  const server = createServer();
  server.on('connect', (request, socket) => {
    note(request.url!.replace(/:80$/, ''), request.headers['proxy-authorization']);
    const up = connect(Number(port), hostname);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    up.pipe(socket).pipe(up);
    up.on('error', () => socket.destroy());
    socket.on('error', () => up.destroy());
  });
  server.on('request', async (request, response) => {
    const url = new URL(request.url!);
    note(url.host, request.headers['proxy-authorization']);
    const { 'proxy-authorization': _credentials, host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`http://${target}${url.pathname}${url.search}`, {
      method: request.method!,
      headers: headers as Record<string, string>,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await listen(server);
  return { port: (server.address() as AddressInfo).port, asked };
}

async function listen(server: ReturnType<typeof createServer>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}
