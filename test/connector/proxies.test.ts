import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../connector/http.ts';
import { noProxyOfNode, proxyFor, readProxies } from '../../connector/proxies.ts';
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts';
import { request } from './http-client.ts';

const PROXY = 'http://proxy.example.test:3128/';

test.each<[string, string, boolean]>([
  ['https://a.example.com', '', true],
  ['https://a.example.com', '*', false],
  ['https://a.example.com', 'example.com', false],
  ['https://a.example.com', '.example.com', false],
  ['https://a.example.com', '*.example.com', false],
  ['https://aexample.com', 'example.com', true],
  ['https://a.example.com', 'other.com, A.EXAMPLE.com', false],
  ['https://a.example.com', 'a.example.com:443', false],
  ['https://a.example.com:8443', 'a.example.com:443', true],
  ['https://10.1.2.3', '10.0.0.0/8', false],
  ['https://11.1.2.3', '10.0.0.0/8', true],
  ['https://[fd00::1]', 'fd00::/8', false],
  ['https://[fd00::1]', 'FD00:0:0::1', false],
  ['https://[fd00::1]:8443', '[fd00:0::1]:8443', false],
  ['https://a.münchen.example', 'münchen.example', false],
  ['https://münchen.example', '.MÜNCHEN.example', false],
  ['https://[fd00::1]', '[fd00::1]:443', false],
  ['https://localhost:4443', '', false],
  ['https://127.8.9.1', '', false],
  ['https://[::1]', '', false],
  ['https://[::ffff:127.0.0.1]', '', false],
  ['http://a.example.com', '', false],
])('%s with NO_PROXY "%s" goes through the proxy: %s', (url, noProxy, isProxied) => {
  const proxies = readProxies({ HTTPS_PROXY: 'proxy.example.test:3128', NO_PROXY: noProxy });

  expect(proxyFor(new URL(url), proxies)).toBe(isProxied ? PROXY : undefined);
});

test('tells Node which names and ranges go past the proxies', () => {
  expect(noProxyOfNode({ NO_PROXY: 'example.test, .b.test 10.1.2.3/8,*' })).toBe(
    'example.test,.example.test,.b.test,10.0.0.0-10.255.255.255,*,localhost,.localhost,127.0.0.0-127.255.255.255,::1,[::1]',
  );
});

test('takes lower case first, and refuses what is no URL without showing it', () => {
  expect(readProxies({ HTTPS_PROXY: 'http://a', https_proxy: 'http://b' }).https).toBe('http://b/');
  expect(() => readProxies({ HTTPS_PROXY: 'socks5://user:canary@h' })).toThrow(/^HTTPS_PROXY is not (?!.*canary)/);
});

test('speaks TLS with the target through the tunnel of a proxy on a private address, and keeps the tunnel', async () => {
  const target = await listen(
    createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_request, response) => response.end('hello')),
  );
  const proxy = await startProxy((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const up = connect(target, '127.0.0.1');
    up.pipe(socket).pipe(up);
    up.on('error', () => socket.destroy());
  });
  trust();
  const http = open(`http://user:p%40ss@127.0.0.1:${proxy.port}`);

  const first = await http.send(request('https://workspace.example.test/api'));
  const second = await http.send(request('https://workspace.example.test/api'));

  expect([first.body.toString(), second.body.toString()]).toEqual(['hello', 'hello']);
  expect(proxy.asked).toEqual([['workspace.example.test:443', `Basic ${btoa('user:p@ss')}`]]);
});

test('refuses a name that leads to a private address before it asks the proxy, and a proxy that refuses is named', async () => {
  const proxy = await startProxy((socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  const http = open(`http://user:canary@127.0.0.1:${proxy.port}`);

  const isPrivate = await http.send(request('https://10.0.0.1/')).catch((error) => error);
  const isRefused = await http.send(request('https://workspace.example.test/')).catch((error) => error);

  expect(isPrivate.code).toBe('ERR_HOST_NOT_ALLOWED');
  expect(isRefused).toMatchObject({ code: 'ERR_NOT_SENT', sent: 'no', hint: expect.stringContaining('HTTPS_PROXY') });
  expect(isRefused.message).toContain('https://workspace.example.test');
  expect(`${isRefused.message} ${isRefused.hint}`).not.toContain('canary');
  expect(proxy.asked.map(([host]) => host)).toEqual(['workspace.example.test:443']);
});

test('a certificate that is not trusted names NODE_EXTRA_CA_CERTS', async () => {
  const target = await listen(createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }));
  const proxy = await startProxy((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const up = connect(target, '127.0.0.1');
    up.pipe(socket).pipe(up);
    up.on('error', () => socket.destroy());
  });
  const http = open(`http://127.0.0.1:${proxy.port}`);

  const failure = await http.send(request('https://workspace.example.test/')).catch((error) => error);

  expect(failure).toMatchObject({ code: 'ERR_NOT_SENT', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
});

function open(proxy: string) {
  const http = createHttp({ proxies: readProxies({ HTTPS_PROXY: proxy }) });
  onTestFinished(() => http.close());
  return http;
}

function trust(): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, CERTIFICATE]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
}

async function startProxy(onConnect: (socket: Socket) => void) {
  const asked: [string, string | undefined][] = [];
  const server = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push([request.url!, request.headers['proxy-authorization']]);
    socket.on('error', () => {});
    onConnect(socket);
  });
  return { port: await listen(server), asked };
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
