import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { beforeLaunch } from '../../../actions/launch.ts';
import { isBase64 } from '../../../connector/base64.ts';
import { type ConnectorError, inputError } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';

interface ImportInput {
  path: string;
  text?: string;
  content?: string;
  artifact?: string;
  format?: string;
  language?: string;
  overwrite?: boolean;
}

/** Databricks' limit on `content`, which is base64 (workspace/import, MAX_NOTEBOOK_SIZE_EXCEEDED). */
const MAX_CONTENT = 10 * 1024 * 1024;

/** Imports a notebook, file or archive given as text, base64 or artifact; its size is checked before anything is sent. */
export async function advanceImport(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const { path, text, content, artifact, format, language, overwrite } = call.input as ImportInput;
  const bytes =
    artifact !== undefined
      ? await readWhole(io, artifact)
      : content !== undefined
        ? fromBase64(content)
        : checkSize(Buffer.from(text ?? ''), '/text');
  const body = { path, format, language, overwrite, content: bytes.toString('base64') };
  const input = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  const request = buildRequest({ method: 'POST', path: '/api/2.0/workspace/import', body: '*' }, { input });
  await beforeLaunch(action, call, state, io);
  await io.send(request, 'start');
  return { kind: 'done', output: { path, bytes: bytes.length } };
}

async function readWhole(io: Io, artifact: string): Promise<Buffer> {
  const { size, body } = await io.sendArtifact(artifact);
  if (base64Length(size) > MAX_CONTENT) {
    body.destroy();
    throw tooLarge('/artifact', size);
  }
  return Buffer.concat(await body.toArray());
}

function fromBase64(content: string): Buffer {
  // Buffer drops what is not base64 without a word.
  if (!isBase64(content)) {
    throw inputError('/content', 'is not base64; use "text" for plain text');
  }
  return checkSize(Buffer.from(content, 'base64'), '/content');
}

function checkSize(bytes: Buffer, pointer: string): Buffer {
  if (base64Length(bytes.length) > MAX_CONTENT) throw tooLarge(pointer, bytes.length);
  return bytes;
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function tooLarge(pointer: string, bytes: number): ConnectorError {
  const most = Math.floor(MAX_CONTENT / 4) * 3;
  return inputError(pointer, `has ${bytes} bytes; the limit of the workspace is ${most} (10 MB as base64)`);
}
