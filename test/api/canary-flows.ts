import { type Attributes, type Span, type Tracer, trace } from '@opentelemetry/api';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../engine/process/log.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { openApiWorkspace } from './workspace.ts';

/** One secret of each kind. They hold nothing that any encoding would leave as it is but letters, digits and dashes. */
export const CANARIES = {
  token: 'canary-token-7c1d3e90ab>?',
  workflow: 'canary-workflow-5e6f0a11"/',
  webhook: 'canary-webhook-90ab7c1d&<',
  sender: 'canary-sender-c2aa7751f0~',
  endpoint: `whsec_${Buffer.from('canary-endpoint-51f0c2aa77').toString('base64')}`,
} as const;
export type Canary = keyof typeof CANARIES;

/** The forms in which a canary is looked for, made here by other means than those of the engine. */
export function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const whole = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    return whole.slice(offset === 0 ? 0 : 4, -4);
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  const url = encodeURIComponent(secret);
  return [
    ...new Set([secret, json, html, url, encodeURIComponent(url), Buffer.from(secret).toString('hex'), ...inBase64]),
  ];
}

/** API and worker whose logs and spans are recorded, and a service that repeats in every form whatever it is sent. */
export async function openWatched() {
  const lines: string[] = [];
  const log = createLogger('trace', { write: (line: string) => void lines.push(line) });
  const spans = recordSpans();
  const seenByMirror: string[] = [];
  const mirror = await startHttpServer(async (request, response) => {
    const body = await readBody(request);
    const { authorization = '', 'x-api-key': key = '' } = request.headers;
    const seen = `${authorization} ${key} ${request.url} ${body}`;
    seenByMirror.push(decodeURIComponent(seen), body);
    const said = [
      seen,
      Buffer.from(seen).toString('base64'),
      encodeURIComponent(seen),
      Buffer.from(seen).toString('hex'),
    ];
    const isRefused = request.url?.includes('refused') === true;
    response.setHeader('x-seen', Buffer.from(seen).toString('base64'));
    response.setHeader('set-cookie', [`a=${encodeURIComponent(seen)}`, `b=${Buffer.from(seen).toString('hex')}`]);
    response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error_code: 'BAD', message: `you sent ${seen}`, said, [seen]: 1 }));
  });
  const api = await openApiWorkspace({
    context: { context: { log }, env: { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*', OTEL_TRACES_EXPORTER: 'otlp' } },
    log,
  });
  return { ...api, mirror, seenByMirror, lines, spans };
}

/** Everything that a span is told, as text. */
function recordSpans(): string[] {
  const told: string[] = [];
  const spanOf = (): Span => {
    const inner = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 });
    return new Proxy(inner, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== 'function' || name === 'spanContext')
          return typeof value === 'function' ? value.bind(of) : value;
        return (...args: unknown[]) => {
          told.push(textOf([name, ...args]));
          return value.apply(of, args);
        };
      },
    });
  };
  const tracer: Tracer = {
    startSpan(name, options?: { attributes?: Attributes }) {
      told.push(textOf([name, options?.attributes]));
      return spanOf();
    },
    startActiveSpan: ((name: string, ...rest: unknown[]) =>
      (rest.at(-1) as (span: Span) => unknown)(tracer.startSpan(name))) as Tracer['startActiveSpan'],
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  onTestFinished(() => trace.disable());
  return told;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, item) => (item instanceof Error ? `${item.stack} ${item.message}` : item));
}
