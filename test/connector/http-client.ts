import { onTestFinished } from 'vitest';
import { createHttp, type Http, type HttpOptions, type HttpRequest } from '../../connector/http.ts';

/** A client that ends with the test and may reach loopback. */
export function open(options: HttpOptions = {}): Http {
  const http = createHttp({ allowPrivate: () => true, ...options });
  onTestFinished(() => http.close());
  return http;
}

export function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: {}, timeoutMs: 5_000, maxBytes: 1_000_000, ...more };
}
