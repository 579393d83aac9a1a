import type { FastifyInstance } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import { depthOf, findJsonFault } from './json-fault.ts';

/** The largest body, in bytes: a workspace import carries 10 MB as base64, which is 13.4 MB. */
export const MAX_BODY_BYTES = 16_777_216;
/** Deeper values overflow the stack of whoever walks them; Databricks takes far less. */
const MAX_DEPTH = 500;
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** More than any sender of webhooks sends; what starts a workflow is kept with its run. */
const MAX_RAW_BYTES = 1_048_576;
/** A secret has 4 KB at most. */
const MAX_FORM_BYTES = 65_536;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i;
const BYTE_ORDER_MARK = '\uFEFF';

/** Makes the server read JSON bodies exactly and refuse every other media type. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, text, done) => {
    try {
      done(null, parseBody(text as string));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Makes the server read bodies of every media type as text: what is signed is the text. */
export function readRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_RAW_BYTES }, (_request, text, done) => {
    done(null, text);
  });
}

/** Makes the server read the forms of our pages, and nothing else; a field that comes twice counts as it came last. */
export function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(FORM_TYPE, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, text, done) => {
    done(null, Object.fromEntries(new URLSearchParams(text as string)));
  });
}

/**
 * The value of a JSON body, 64-bit integers exact; an empty body is undefined.
 * @throws ConnectorError ERR_BODY_NOT_JSON with the position, ERR_INPUT_INVALID for one nested too deeply
 */
export function parseBody(text: string): unknown {
  if (text === '') return undefined;
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  // Each level takes two characters at least.
  if (json.length > 2 * MAX_DEPTH && depthOf(json) > MAX_DEPTH) {
    throw new ConnectorError('ERR_INPUT_INVALID', `the body is nested more than ${MAX_DEPTH} levels deep`, {
      errors: [{ pointer: '', message: `must not be nested deeper than ${MAX_DEPTH} levels`, allowed: MAX_DEPTH }],
    });
  }
  try {
    return parseJson(json);
  } catch {
    // V8's message repeats parts of the body.
    throw notJson(json);
  }
}

function notJson(text: string): ConnectorError {
  const fault = findJsonFault(text);
  if (fault === undefined) return new ConnectorError('ERR_BODY_NOT_JSON', 'the body is not JSON');
  const found = fault.offset >= text.length ? 'the body ends' : 'something else stands';
  const message = `line ${fault.line}, column ${fault.column} (character ${fault.offset}): ${found} where ${fault.expected} is expected`;
  return new ConnectorError('ERR_BODY_NOT_JSON', `the body is not JSON at ${message}`, {
    errors: [{ pointer: '', message, allowed: fault.expected }],
  });
}
