import type { Readable } from 'node:stream';
import { artifactBody } from '../../actions/artifact-body.ts';
import type { ActionCall, ActionState, Io, Step } from '../../actions/call.ts';
import { beforeLaunch } from '../../actions/launch.ts';
import { ConnectorError, inputError } from '../../connector/errors.ts';
import { isLoopbackHttp } from '../../connector/hosts.ts';
import type { Action, Json } from '../../connector/manifest.ts';
import { multipartFile } from '../../connector/multipart.ts';
import { type BuiltRequest, buildRequest } from '../../connector/request.ts';
import { asFields, readUpstream } from '../../connector/upstream.ts';

interface UploadInput {
  filename: string;
  content?: string;
  content_base64?: string;
  artifact?: string;
  title?: string;
  timeout_seconds: number;
}

/** The transfer comes first and may be repeated: only the last request makes a file of it. */
type UploadState = { stage: 'transfer' } | { stage: 'complete'; file_id: string };

/** Slack's limit for one file. */
const MAX_BYTES = 1_000_000_000;
const REFUSAL_BYTES = 4096;
const GET_URL: Record<string, Json> = {
  filename: '$input.filename',
  length: '$input.length',
  alt_text: '$input.alt_text',
  snippet_type: '$input.snippet_type',
};
const COMPLETE: Record<string, Json> = {
  files: '$input.files',
  channel_id: '$input.channel_id',
  blocks: '$input.blocks',
  initial_comment: '$input.initial_comment',
  thread_ts: '$input.thread_ts',
};

/**
 * Uploads a file in the three requests that Slack's own client sends: an upload URL, the bytes as a field `body`, and the one that makes the file. The token
 * does not go to the upload URL, which says by itself who uploads (https://docs.slack.dev/messaging/working-with-files). A failed transfer starts over
 * with another URL; the last request is a launch.
 */
export async function advanceUpload(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const own = (state.own as UploadState | undefined) ?? { stage: 'start' };
  const input = call.input as UploadInput;
  switch (own.stage) {
    case 'start':
      // A poll in the eyes of the retry rule: what is transferred has no effect yet.
      await sizeOf(io, input);
      return { kind: 'next', state: { ...state, phase: 'await', own: { stage: 'transfer' } satisfies UploadState } };
    case 'transfer': {
      const file_id = await transfer(io, input);
      return {
        kind: 'next',
        state: { ...state, phase: 'start', own: { stage: 'complete', file_id } satisfies UploadState },
      };
    }
    case 'complete': {
      const { filename, title = filename } = input;
      const request = method('files.completeUploadExternal', COMPLETE, {
        ...input,
        files: [{ id: own.file_id, title }],
      });
      await beforeLaunch(action, call, state, io);
      return { kind: 'done', output: (await io.send(request, 'start')).body };
    }
  }
}

async function transfer(io: Io, input: UploadInput): Promise<string> {
  const { length, body } = await sizeOf(io, input);
  const { body: got } = await io.send(method('files.getUploadURLExternal', GET_URL, { ...input, length }), 'poll');
  const { upload_url: url, file_id: id } = asFields(got) ?? {};
  if (typeof url !== 'string' || typeof id !== 'string')
    throw new ConnectorError('ERR_RESPONSE_INVALID', 'Slack returned no upload URL', { sent: 'answered' });
  const target = URL.parse(url);
  if (target === null || (target.protocol !== 'https:' && !isLoopbackHttp(target)))
    throw new ConnectorError('ERR_RESPONSE_INVALID', 'the upload URL of Slack is not an https URL', {
      sent: 'answered',
    });
  const answer = await io.sendLink({
    method: 'POST',
    url,
    ...multipartFile({ name: 'body', filename: 'Untitled', length, body }),
    timeoutMs: input.timeout_seconds * 1000,
  });
  const text = await beginningOf(answer.body);
  if (answer.status === 200) return id;
  const { message } = readUpstream(answer.status, text);
  throw new ConnectorError('ERR_UPSTREAM', `the upload was rejected with ${answer.status}: ${message}`, {
    kind: answer.status >= 500 || answer.status === 429 ? 'temporary' : 'failed',
    upstream: { status: answer.status, message },
    sent: 'answered',
  });
}

function method(name: string, body: Record<string, Json>, input: object): BuiltRequest {
  return buildRequest({ method: 'POST', path: `/${name}`, body, body_type: 'form' }, { input });
}

async function sizeOf(
  io: Io,
  input: UploadInput,
): Promise<{ length: number; body: Uint8Array | (() => Promise<Readable>) }> {
  const { artifact, content, content_base64: encoded } = input;
  if (artifact !== undefined) {
    const { body, bytes } = await artifactBody(io, artifact);
    return { body, length: checked(bytes, '/artifact') };
  }
  const body = content === undefined ? Buffer.from(encoded ?? '', 'base64') : Buffer.from(content);
  return { body, length: checked(body.length, content === undefined ? '/content_base64' : '/content') };
}

/** @throws ConnectorError ERR_INPUT_INVALID */
function checked(bytes: number, pointer: string): number {
  if (bytes === 0) throw inputError(pointer, 'is empty; Slack takes no empty files');
  if (bytes > MAX_BYTES) throw inputError(pointer, `has ${bytes} bytes; the limit for a file is 1 GB`);
  return bytes;
}

async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= REFUSAL_BYTES) break;
  }
  body.destroy();
  return Buffer.concat(chunks).toString('utf8');
}
