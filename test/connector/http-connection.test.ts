import { describe, expect, test, vi } from 'vitest';
import { explainRedirect } from '../../services/databricks/redirect.ts';
import { startHttpServer, startRawServer } from '../servers.ts';
import { open, request } from './http-client.ts';

describe('a request that was not sent says so', () => {
  test('when the connection is refused', async () => {
    // Port 1 (tcpmux) is served nowhere.
    await expect(open().send(request('http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
    });
  });

  test('when there is no such host', async () => {
    await expect(open().send(request('http://no-such-host.invalid/'))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
    });
  });

  test('when the secure connection fails', async () => {
    const server = await startHttpServer((_incoming, response) => response.end());

    await expect(open().send(request(server.origin.replace('http:', 'https:')))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      sent: 'no',
      message: expect.stringContaining('secure connection'),
    });
  });

  test('when the secure connection does not come in time', async () => {
    const server = await startRawServer(() => {});

    await expect(
      open({ connectTimeoutMs: 50 }).send(request(server.origin.replace('http:', 'https:'))),
    ).rejects.toMatchObject({ code: 'ERR_NOT_SENT', sent: 'no' });
  });

  test('when it is canceled beforehand', async () => {
    await expect(open().send(request('http://127.0.0.1:1', { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'ERR_CANCELED',
      sent: 'no',
    });
  });
});

describe('a kept-alive connection', () => {
  test('that the server closed while it was idle is not used again', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const http = open();
    await http.send(request(server.origin));
    for (const socket of server.sockets) socket.end();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));

    expect((await http.send(request(server.origin, { method: 'POST' }))).status).toBe(200);
    expect(server.connections).toBe(2);
  });

  test('that is closed on the second request may have delivered it', async () => {
    let requests = 0;
    const server = await startHttpServer((incoming, response) => {
      requests += 1;
      if (requests === 1) response.end('{}');
      else incoming.socket.destroy();
    });
    const http = open();
    await http.send(request(server.origin));

    await expect(http.send(request(server.origin, { method: 'POST', body: '{}' }))).rejects.toMatchObject({
      code: 'ERR_NO_ANSWER',
      sent: 'maybe',
    });
    expect(server.connections).toBe(1);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('of status %i is not followed', async (status) => {
    let followed = 0;
    const target = await startHttpServer((_incoming, response) => {
      followed += 1;
      response.end();
    });
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(status, { location: `${target.origin}/x?token=1` }).end(),
    );

    await expect(open().send(request(server.origin))).rejects.toMatchObject({
      code: 'ERR_REDIRECTED',
      message: `${server.origin} redirected the request to "${target.origin}"`,
    });
    expect(followed).toBe(0);
  });

  test('to the private-link page names the cause', async () => {
    const server = await startHttpServer((_incoming, response) =>
      response.writeHead(302, { location: '/login.html?error=private-link-validation-error' }).end(),
    );

    await expect(open().send({ ...request(server.origin), explainRedirect })).rejects.toMatchObject({
      code: 'ERR_UPSTREAM',
      kind: 'permission',
      upstream: { status: 403, error_code: 'PRIVATE_LINK_VALIDATION_ERROR' },
    });
  });
});

describe('addresses', () => {
  test.each([
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'http://localhost:1',
    'http://169.254.169.254',
    'http://[::ffff:10.0.0.1]',
  ])('that are private are refused: %s', async (url) => {
    await expect(open({ allowPrivate: () => false }).send(request(url))).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_ALLOWED',
      sent: 'no',
    });
  });

  test('that are private can be allowed by host and port', async () => {
    const server = await startHttpServer((_incoming, response) => response.end('{}'));
    const http = open({ allowPrivate: (host) => host === `127.0.0.1:${server.port}` });

    expect((await http.send(request(server.origin))).status).toBe(200);
  });
});
