import { createConnection, type Socket } from 'node:net';

/** An answer as far as a benchmark needs it. */
export interface Reply {
  status: number;
  body: string;
}

/** Sends requests over kept-alive sockets, one at a time each. */
export interface Client {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  close(): void;
}

/**
 * Opens a client that costs as little processor time as one can: the benchmark shares two cores with what it measures.
 * Reads answers with a Content-Length or chunks.
 */
export function openClient(port: number, sockets: number, fixed: Record<string, string> = {}): Client {
  const idle: Line[] = [];
  const waiting: ((line: Line) => void)[] = [];
  const all = Array.from({ length: sockets }, () => openLine(port));
  idle.push(...all);
  const fixedText = toLines(fixed);
  const take = () => {
    const line = idle.pop();
    return line === undefined ? new Promise<Line>((resolve) => waiting.push(resolve)) : line;
  };
  const give = (line: Line) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(line);
    else next(line);
  };
  return {
    async send(method, path, body, headers) {
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${fixedText}${headers === undefined ? '' : toLines(headers)}`;
      const type = text === '' ? '' : `content-type: application/json\r\n`;
      const request = `${head}${type}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
      const line = await take();
      try {
        return await line.send(request);
      } finally {
        give(line);
      }
    },
    close() {
      for (const line of all) line.close();
    },
  };
}

interface Line {
  send(request: string): Promise<Reply>;
  close(): void;
}

function openLine(port: number): Line {
  let socket: Socket | undefined;
  let read: Buffer = Buffer.alloc(0);
  let pending: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  const connect = () => {
    read = Buffer.alloc(0);
    const made = createConnection({ port, host: '127.0.0.1', noDelay: true });
    made.on('data', (chunk: Buffer) => {
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
      const reply = parse(read);
      if (reply === undefined) return;
      read = Buffer.alloc(0);
      const { resolve } = pending!;
      pending = undefined;
      resolve(reply);
    });
    const onEnd = (error?: Error) => {
      if (socket === made) socket = undefined;
      pending?.reject(error ?? new Error('the connection was closed'));
      pending = undefined;
    };
    made.on('error', onEnd);
    made.on('close', () => onEnd());
    return made;
  };
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket ??= connect();
        socket.write(request);
      });
    },
    close: () => socket?.destroy(),
  };
}

const HEAD_END = Buffer.from('\r\n\r\n');

function parse(read: Buffer): Reply | undefined {
  const end = read.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = read.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  const from = end + HEAD_END.length;
  if (length !== undefined) {
    const to = from + Number(length);
    return read.length < to ? undefined : { status, body: read.toString('utf8', from, to) };
  }
  if (status === 204 || status === 304) return { status, body: '' };
  const text = read.toString('utf8', from);
  if (!text.endsWith('0\r\n\r\n')) return undefined;
  return { status, body: text.replace(/^[0-9a-f]+\r\n/i, '').replace(/\r\n0\r\n\r\n$/, '') };
}

function toLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
