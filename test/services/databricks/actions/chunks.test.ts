import { expect, test } from 'vitest';
import { readChunk } from '../../../../services/databricks/actions/chunks.ts';

test('a link is asked with the headers that the service names, but none of credentials or of the connection', () => {
  const http_headers = {
    'x-amz-server-side-encryption-customer-key': 'k',
    'X-Goog-Encryption-Key': 'g',
    Authorization: 'Bearer t',
    Cookie: 'a=1',
    Host: 'other',
    'Transfer-Encoding': 'chunked',
    'content-length': '5',
    'Proxy-Authorization': 'Basic x',
    Connection: 'close',
    'Keep-Alive': 'timeout=5',
    TE: 'trailers',
    Trailer: 'x',
    Upgrade: 'h2c',
    Expect: '100-continue',
  };
  const external_link = 'https://storage.example/part';

  const { link } = readChunk({ external_links: [{ chunk_index: 0, external_link, http_headers }] });

  expect(link).toMatchObject({
    url: external_link,
    headers: { 'x-amz-server-side-encryption-customer-key': 'k', 'X-Goog-Encryption-Key': 'g' },
  });
  expect(Object.keys(link!.headers)).toHaveLength(2);
});
