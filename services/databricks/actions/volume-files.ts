import { isUtf8 } from 'node:buffer';
import { artifactBody, saveBody } from '../../../actions/artifact-body.ts';
import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { beforeLaunch } from '../../../actions/launch.ts';
import { ConnectorError, inputError } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';

interface UploadInput {
  file_path: string;
  text?: string;
  content?: string;
  artifact?: string;
  overwrite?: boolean;
  timeout_seconds: number;
}

/** Databricks' limit for one PUT of the Files API. */
const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
/** What fits into an output as text. */
const MAX_INLINE_BYTES = 10 * 1024 * 1024;
const PATH = '/api/2.0/fs/files/{+input.file_path}';

/** Writes a file of a volume; an artifact streams through without being held in memory. */
export async function advanceUpload(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as UploadInput;
  const { body, bytes } = await contentOf(io, input);
  if (bytes > MAX_UPLOAD_BYTES)
    throw inputError('/artifact', `has ${bytes} bytes; the limit for a file in a volume is 5 GiB`);
  const request = buildRequest({ method: 'PUT', path: PATH, query: { overwrite: '$input.overwrite' } }, { input });
  const headers = { ...request.headers, 'content-type': 'application/octet-stream', 'content-length': String(bytes) };
  await beforeLaunch(action, call, state, io);
  const answer = await io.stream({ ...request, headers, body, timeoutMs: input.timeout_seconds * 1000 }, 'start');
  answer.body.resume();
  return { kind: 'done', output: { file_path: input.file_path, bytes } };
}

/** Reads a file of a volume: into an artifact at the pace it can be written, or a small one as text or base64. */
export async function advanceDownload(_action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const input = call.input as { file_path: string; as: 'ARTIFACT' | 'TEXT' | 'BASE64' };
  const request = buildRequest({ method: 'GET', path: PATH }, { input });
  const answer = await io.stream({ ...request, headers: { accept: '*/*' } }, 'start');
  const about = {
    file_path: input.file_path,
    content_type: answer.headers['content-type'],
    last_modified: answer.headers['last-modified'],
  };
  if (input.as === 'ARTIFACT') return { kind: 'done', output: { ...about, ...(await saveBody(io, answer)) } };
  const bytes = await readSmall(answer.body);
  if (input.as === 'BASE64')
    return { kind: 'done', output: { ...about, bytes: bytes.length, content: bytes.toString('base64') } };
  if (!isUtf8(bytes)) {
    const hint = 'Use BASE64 or ARTIFACT.';
    throw new ConnectorError('ERR_RESPONSE_INVALID', 'the file is not text in UTF-8', { hint, sent: 'answered' });
  }
  return { kind: 'done', output: { ...about, bytes: bytes.length, text: bytes.toString('utf8') } };
}

type Streamed = Awaited<ReturnType<Io['stream']>>;

async function contentOf(
  io: Io,
  input: UploadInput,
): Promise<{ body: Uint8Array | (() => Promise<Streamed['body']>); bytes: number }> {
  if (input.artifact !== undefined) return artifactBody(io, input.artifact);
  const bytes = input.content === undefined ? Buffer.from(input.text ?? '') : Buffer.from(input.content, 'base64');
  return { body: bytes, bytes: bytes.length };
}

async function readSmall(body: Streamed['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > MAX_INLINE_BYTES) {
      throw new ConnectorError('ERR_RESPONSE_TOO_LARGE', 'the file is larger than 10 MiB', {
        hint: 'Use ARTIFACT.',
        sent: 'answered',
      });
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
