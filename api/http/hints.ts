import type { ErrorCode, ErrorKind } from '../../connector/errors.ts';

/** What to do when nobody who threw the error could say it better. */
const BY_KIND: Record<ErrorKind, string> = {
  auth: 'Check the credentials, and test the authentication.',
  permission: 'Ask an administrator for the permission, or use other credentials.',
  not_found: 'Check the id; the list of such objects shows those that are there.',
  conflict: 'Read the object again and decide anew.',
  invalid: 'Correct what "errors" names and send the request again.',
  rate_limit: 'Send it again after the time in Retry-After.',
  temporary: 'Send it again in a moment.',
  failed: 'Read "detail" and "upstream"; the section behind "type" says more.',
  canceled: 'Start it again if it is still wanted.',
  unavailable: 'Send it again after the time in Retry-After; nothing was accepted.',
};

const BY_CODE: Partial<Record<ErrorCode, string>> = {
  ERR_BODY_NOT_JSON: 'Send one JSON object in UTF-8.',
  ERR_UNAUTHORIZED: 'Send the header "Authorization: Bearer <api key>".',
  ERR_FORBIDDEN: 'Use an API key with a higher role.',
  ERR_PAYLOAD_TOO_LARGE: 'Send less, or put the content into a file and give its reference.',
  ERR_MEDIA_TYPE: 'Send the header "Content-Type: application/json" and a JSON body.',
  ERR_REQUEST_INVALID: 'Check the request line, the headers and their encoding.',
  ERR_ROUTE_UNKNOWN: 'GET /openapi.json describes every path.',
  ERR_METHOD_NOT_ALLOWED: 'Use a method of the Allow header.',
  ERR_RANGE: 'Ask for bytes that are there; Content-Range has the size.',
  ERR_INTERNAL: 'Send it again; if it stays, tell the operator the x-request-id of this answer.',
};

/** One sentence about what the reader can do, for an error that carries none. */
export function hintFor(error: { code: ErrorCode; kind: ErrorKind }): string {
  return BY_CODE[error.code] ?? BY_KIND[error.kind];
}
