import { INVALID_SPAN_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../engine/worker.ts';
import { testContext } from '../context.ts';
import { ended } from '../workspace.ts';
import { linkAccount, startService, submitStatement } from './service.ts';

/** Registers a tracer that writes down the names and kinds of the spans that are begun. */
function recordSpans(): string[] {
  const spans: string[] = [];
  const tracer: Tracer = {
    startSpan(name, options) {
      spans.push(`${SpanKind[options?.kind ?? SpanKind.INTERNAL]} ${name}`);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    },
    startActiveSpan: ((name: string, ...rest: unknown[]) =>
      (rest.at(-1) as (span: unknown) => unknown)(tracer.startSpan(name))) as Tracer['startActiveSpan'],
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  onTestFinished(() => trace.disable());
  return spans;
}

test.each([
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{}, false],
])('with %o spans are begun: %s', async (env, isTraced) => {
  const spans = recordSpans();
  const service = await startService();
  service.isDone = true;
  const ctx = await testContext({ env });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  await ended(ctx, await submitStatement(ctx, await linkAccount(ctx, service)));

  expect(spans.some((span) => span.startsWith('PRODUCER add runs'))).toBe(isTraced);
  expect(spans.some((span) => span.startsWith('CONSUMER process runs'))).toBe(isTraced);
});
