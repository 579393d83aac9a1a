import { expect, test } from 'vitest';
import { toHttpFailure } from '../../connector/failures.ts';

const where = { origin: 'https://host', method: 'POST' };
const unconnected = { connected: false, answered: false, oneWrite: true };
const connected = { connected: true, answered: false, oneWrite: true };
const answered = { connected: true, answered: true, oneWrite: true };

function fault(code: string, syscall?: string): Error {
  return Object.assign(new Error('m'), { code, ...(syscall === undefined ? {} : { syscall }) });
}

test.each([
  [fault('ENOTFOUND', 'getaddrinfo'), unconnected, 'ERR_NOT_SENT', 'no', 'the host does not exist'],
  [fault('EAI_AGAIN', 'getaddrinfo'), unconnected, 'ERR_NOT_SENT', 'no', 'resolved'],
  [fault('ECONNREFUSED', 'connect'), unconnected, 'ERR_NOT_SENT', 'no', 'refused'],
  [fault('ETIMEDOUT', 'connect'), unconnected, 'ERR_NOT_SENT', 'no', 'the connection timed out'],
  [fault('EHOSTUNREACH', 'connect'), unconnected, 'ERR_NOT_SENT', 'no', 'EHOSTUNREACH'],
  [fault('ECONNRESET', 'read'), unconnected, 'ERR_NOT_SENT', 'no', 'ECONNRESET'],
  [fault('CERT_HAS_EXPIRED'), unconnected, 'ERR_NOT_SENT', 'no', 'secure connection failed (CERT_HAS_EXPIRED)'],
  [fault('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), unconnected, 'ERR_NOT_SENT', 'no', 'secure connection'],
  [fault('ERR_TLS_CERT_ALTNAME_INVALID'), unconnected, 'ERR_NOT_SENT', 'no', 'secure connection'],
  [fault('ERR_PRIVATE_ADDRESS'), unconnected, 'ERR_HOST_NOT_ALLOWED', 'no', 'private'],
  [fault('EPIPE', 'write'), connected, 'ERR_NOT_SENT', 'no', 'before the request was sent'],
  [fault('EPIPE', 'write'), { ...connected, oneWrite: false }, 'ERR_NO_ANSWER', 'maybe', 'without responding to POST'],
  [fault('ECONNRESET', 'read'), connected, 'ERR_NO_ANSWER', 'maybe', 'without responding'],
  [fault('ECONNRESET'), connected, 'ERR_NO_ANSWER', 'maybe', 'without responding'],
  [fault('HPE_INVALID_CONSTANT'), connected, 'ERR_RESPONSE_INVALID', 'maybe', 'not valid HTTP'],
  [fault('HPE_HEADER_OVERFLOW'), connected, 'ERR_RESPONSE_TOO_LARGE', 'maybe', 'headers'],
  [fault('ECONNRESET'), answered, 'ERR_NO_ANSWER', 'maybe', 'was interrupted'],
  [fault('Z_BUF_ERROR'), answered, 'ERR_NO_ANSWER', 'maybe', 'was interrupted'],
  [fault('Z_DATA_ERROR'), answered, 'ERR_RESPONSE_INVALID', 'maybe', 'decompressed'],
  ['a string', unconnected, 'ERR_NOT_SENT', 'no', 'no connection'],
])('%s at %j is %s, sent: %s', (error, progress, code, sent, words) => {
  const failure = toHttpFailure(error, progress, where);

  expect(failure).toMatchObject({ code, sent });
  expect(failure.message).toContain(words);
});

test('looks through wrapping errors for the first cause', () => {
  const wrapped = new Error('outer', { cause: new Error('middle', { cause: fault('ECONNREFUSED', 'connect') }) });

  expect(toHttpFailure(wrapped, unconnected, where).message).toBe(
    'https://host could not be reached: the connection was refused',
  );
});
