import { ConnectorError } from './errors.ts';
import { pointerOf } from './json-pointer.ts';

/**
 * Headers of one connection (RFC 9110 section 7.6.1) and of the framing of one request. They belong to the client that
 * sends; taken from elsewhere they change where a message ends, or who answers it.
 */
const CONNECTION_HEADERS =
  /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-.*)$/i;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 section 5.5: what Node writes byte for byte. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header belongs to the connection, so that nobody else may give it. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.test(name);
}

/**
 * Refuses headers that cannot be written, before anything is sent; no value is repeated.
 * @throws ConnectorError ERR_INPUT_INVALID
 */
export function checkHeaders(headers: Record<string, string>): void {
  for (const name in headers) {
    if (NAME.test(name) && VALUE.test(headers[name]!)) continue;
    const pointer = pointerOf(['headers', name.slice(0, 100)]);
    const message = NAME.test(name)
      ? 'contains a character that is not allowed in a header'
      : 'is not a valid header name';
    throw new ConnectorError('ERR_INPUT_INVALID', `"${pointer}" ${message}`, {
      errors: [{ pointer, message }],
      sent: 'no',
    });
  }
}
