import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

/** A file as a field of a form (RFC 7578). */
export interface FilePart {
  name: string;
  filename: string;
  /** Bytes. */
  length: number;
  body: Uint8Array | (() => Promise<Readable>);
}

/** A multipart/form-data body with one file, which streams through; `body` can be read again for each try. */
export function multipartFile({ name, filename, length, body }: FilePart): {
  headers: { 'content-type': string; 'content-length': string };
  body: () => Promise<Readable>;
} {
  const boundary = `----penstock-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"; filename="${escaped(filename)}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* parts() {
    yield head;
    if (typeof body === 'function') yield* await body();
    else yield body;
    yield tail;
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + length + tail.length),
    },
    body: async () => Readable.from(parts(), { objectMode: false }),
  };
}

/** As browsers write names (HTML, multipart/form-data encoding). */
function escaped(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
