import type { ErrorCode, ErrorKind } from '../../connector/errors.ts';

/** What to do when nobody who threw the error could say it better. */
const BY_KIND: Record<ErrorKind, string> = {
  auth: 'Check the credentials, then test the authentication.',
  permission: 'Ask an administrator for the permission, or use different credentials.',
  not_found: 'Check the id. The list endpoint of this resource shows the existing objects.',
  conflict: 'Read the object again, then decide whether to repeat the request.',
  invalid: 'Correct the fields listed in "errors" and send the request again.',
  rate_limit: 'Retry after the time in Retry-After.',
  temporary: 'Retry in a moment.',
  failed: 'See "detail" and "upstream". The page at "type" explains the error code.',
  canceled: 'Run it again if you still need the result.',
  unavailable: 'Retry after the time in Retry-After. Nothing was accepted.',
};

const BY_CODE: Partial<Record<ErrorCode, string>> = {
  ERR_BODY_NOT_JSON: 'Send one JSON object in UTF-8.',
  ERR_UNAUTHORIZED: 'Send the header "Authorization: Bearer <api key>".',
  ERR_FORBIDDEN: 'Use an API key with a higher role.',
  ERR_TENANT_SUSPENDED: 'Ask the operator of the installation to resume the tenant. Nothing of it is lost meanwhile.',
  ERR_PAYLOAD_TOO_LARGE: 'Send a smaller body, or upload the content as a file and pass its reference.',
  ERR_MEDIA_TYPE: 'Send the header "Content-Type: application/json" and a JSON body.',
  ERR_REQUEST_INVALID: 'Check the request line, the headers and their encoding.',
  ERR_ROUTE_UNKNOWN: 'GET /openapi.json describes every path.',
  ERR_METHOD_NOT_ALLOWED: 'Use one of the methods in the Allow header.',
  ERR_RANGE: 'Request a range within the artifact. Content-Range contains its size.',
  ERR_INTERNAL:
    'Retry the request. If the error persists, contact the operator and quote the x-request-id of this response.',
};

/** One sentence about what the reader can do, for an error that carries none. */
export function hintFor(error: { code: ErrorCode; kind: ErrorKind }): string {
  return BY_CODE[error.code] ?? BY_KIND[error.kind];
}
