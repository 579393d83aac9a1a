import { onTestFinished, vi } from 'vitest';
import { createHttp, type Http, type HttpOptions, type HttpRequest } from '../../connector/http.ts';

/** A client that ends with the test and may reach loopback. */
export function open(options: HttpOptions = {}): Http {
  const http = createHttp({ allowPrivate: () => true, ...options });
  onTestFinished(() => http.close());
  return http;
}

/** Time limits come when the test says so: a machine that is busy for a moment would meet them by itself. */
export function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

export function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: {}, timeoutMs: 5_000, maxBytes: 1_000_000, ...more };
}
