import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { checkJson } from '../../connector/json-limits.ts';
import { findJsonError } from './json-error.ts';

/** The largest body of a route that names no limit: names, credentials and choices. */
export const MAX_BODY_BYTES = 131_072;
/** Of a workflow's definition. */
export const MAX_DEFINITION_BYTES = 1_048_576;
/** Of the input of an action: a workspace import carries 10 MB as base64, which is 13.4 MB. */
export const MAX_INPUT_BYTES = 16_777_216;
/** Deeper values overflow the stack of code that walks them; services take far less. */
const MAX_DEPTH = 500;
/** A body may have one value for so many bytes of its route's limit: values cost memory, text hardly does. */
const BYTES_PER_VALUE = 16;
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** More than any sender of webhooks sends; what starts a workflow is kept with its run. */
export const MAX_RAW_BYTES = 1_048_576;
/** A secret has 4 KB at most. */
export const MAX_FORM_BYTES = 65_536;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i;
const BYTE_ORDER_MARK = '\uFEFF';

/** Makes the server read JSON bodies exactly and refuse every other media type. */
export function readJsonBodies(app: FastifyInstance): void {
  readBodies(app, JSON_TYPE, (text, maxBytes) => parseBody(text, maxBytes));
}

/** Makes the server read bodies of every media type as text: what is signed is the text. */
export function readRawBodies(app: FastifyInstance): void {
  readBodies(app, '*', (text) => text);
}

/** Makes the server read the forms of our pages, and nothing else; a field that comes twice counts as it came last. */
export function readForms(app: FastifyInstance): void {
  readBodies(app, FORM_TYPE, (text) => Object.fromEntries(new URLSearchParams(text)));
}

/** `read` gets the body as text, and the limit of its route in bytes. */
function readBodies(
  app: FastifyInstance,
  type: string | RegExp,
  read: (text: string, maxBytes: number) => unknown,
): void {
  app.removeAllContentTypeParsers();
  // async: what is thrown is the answer.
  app.addContentTypeParser(type, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) =>
    read(textOf(bytes), request.routeOptions.bodyLimit),
  );
}

/**
 * The value of a JSON body, 64-bit integers exact; an empty body is undefined. `maxBytes` is the limit of the route.
 * @throws ConnectorError ERR_BODY_NOT_JSON with the position, ERR_INPUT_INVALID for one beyond the bounds of `checkJson`
 */
export function parseBody(text: string, maxBytes = MAX_INPUT_BYTES): unknown {
  if (text === '') return undefined;
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  checkJson(json, { maxDepth: MAX_DEPTH, maxValues: maxBytes / BYTES_PER_VALUE });
  try {
    return parseJson(json);
  } catch {
    // V8's message repeats parts of the body.
    throw notJson(json);
  }
}

/** Bytes that are not UTF-8 would become other characters without a word. */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ConnectorError('ERR_REQUEST_INVALID', 'the request body is not UTF-8', {
    hint: 'Send the body as UTF-8 text.',
  });
}

function notJson(text: string): ConnectorError {
  const validationError = findJsonError(text);
  if (validationError === undefined) return new ConnectorError('ERR_BODY_NOT_JSON', 'the request body is not JSON');
  const found = validationError.offset >= text.length ? 'the body ends' : 'another character stands';
  const message = `line ${validationError.line}, column ${validationError.column} (character ${validationError.offset}): ${found} where ${validationError.expected} is expected`;
  return new ConnectorError('ERR_BODY_NOT_JSON', `the request body is not valid JSON at ${message}`, {
    errors: [{ pointer: '', message, allowed: validationError.expected }],
  });
}
