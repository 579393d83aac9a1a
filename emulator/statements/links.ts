import { Readable } from 'node:stream';
import { readChunk } from '../results/spool.ts';
import type { Answer } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import type { Statement } from './engine.ts';

/** Where results are fetched from, without a token: it stands for the object store of the cloud. */
export const LINKS = '/__external/results/{statement_id}/{chunk_index}';
const LINK_MS = 15 * 60_000;
const TYPES = {
  JSON_ARRAY: 'application/json',
  CSV: 'text/csv',
  ARROW_STREAM: 'application/vnd.apache.arrow.stream',
};

/** A fresh signed link to one chunk. */
export function linkFor(
  statement: Statement,
  index: number,
  workspace: Workspace,
): { external_link: string; expiration: string } {
  const expiresAt = workspace.now() + LINK_MS;
  const subject = `${statement.id}/${index}`;
  const signature = workspace.signer.sign({ use: 'link', subject, expiresAt });
  const external_link = `${workspace.url()}/__external/results/${subject}?signature=${signature}`;
  return { external_link, expiration: new Date(expiresAt).toISOString() };
}

/** What a signed link gives: the chunk, or the error of an object store. A request with `Authorization` is refused, as there. */
export function followLink(
  statement: Statement | undefined,
  index: number,
  given: { authorization: string | undefined; signature: string; now: number; workspace: Workspace },
): Answer {
  if (given.authorization !== undefined) {
    return refuse(
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  const claims = given.workspace.signer.read(given.signature);
  if (claims?.use !== 'link' || claims.subject !== `${statement?.id}/${index}`) {
    return refuse(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  if (given.now > claims.expiresAt) return refuse(403, 'AccessDenied', 'Request has expired');
  const chunk = statement?.result?.chunks[index];
  if (statement === undefined || chunk === undefined)
    return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
  const format = statement.request.format ?? 'JSON_ARRAY';
  const data = readChunk(chunk);
  const brackets = format === 'JSON_ARRAY' ? 2 : 0;
  const headers = { 'content-type': TYPES[format], 'content-length': String(chunk.byteCount + brackets) };
  if (brackets === 0) return Buffer.isBuffer(data) ? { bytes: data, headers } : { stream: data, headers };
  if (Buffer.isBuffer(data)) return { bytes: Buffer.concat([Buffer.from('['), data, Buffer.from(']')]), headers };
  return { stream: Readable.from(bracketed(data)), headers };
}

async function* bracketed(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('[');
  yield* rows;
  yield Buffer.from(']');
}

function refuse(status: number, code: string, message: string): Answer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, text, headers: { 'content-type': 'application/xml' } };
}
