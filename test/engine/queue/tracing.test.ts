import {
  type Context as OtelContext,
  propagation,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, startService, submitStatement } from '../service.ts';

interface Recorded {
  name: string;
  trace: string;
}

/** Registers a tracer and a propagator that do as an SDK's: a span belongs to the trace of its parent, which travels as `traceparent`. */
function recordSpans(): Recorded[] {
  const spans: Recorded[] = [];
  const tracer: Tracer = {
    startSpan(name, options, context) {
      const id = String(spans.length + 1);
      const parent = context === undefined ? undefined : trace.getSpanContext(context);
      const traceId = parent?.traceId ?? id.padStart(32, '0');
      spans.push({ name: `${SpanKind[options?.kind ?? SpanKind.INTERNAL]} ${name}`, trace: traceId });
      return trace.wrapSpanContext({ traceId, spanId: id.padStart(16, '0'), traceFlags: 1 });
    },
    startActiveSpan: ((name: string, ...rest: unknown[]) =>
      (rest.at(-1) as (span: unknown) => unknown)(tracer.startSpan(name))) as Tracer['startActiveSpan'],
  };
  const propagator: TextMapPropagator<Record<string, string>> = {
    inject(context: OtelContext, carrier) {
      const span = trace.getSpanContext(context);
      if (span !== undefined) carrier.traceparent = `00-${span.traceId}-${span.spanId}-01`;
    },
    extract(context, { traceparent }) {
      const [, traceId, spanId] = traceparent?.split('-') ?? [];
      if (traceId === undefined || spanId === undefined) return context;
      return trace.setSpanContext(context, { traceId, spanId, traceFlags: 1 });
    },
    fields: () => ['traceparent'],
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  propagation.setGlobalPropagator(propagator);
  onTestFinished(() => {
    trace.disable();
    propagation.disable();
  });
  return spans;
}

test.each([
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }, false],
  [{}, false],
])('with %o spans are begun: %s', async (env, isTraced) => {
  const spans = recordSpans();
  const service = await startService();
  service.isDone = true;
  const ctx = await testContext({ env });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  await ended(ctx, await submitStatement(ctx, await linkAccount(ctx, service)));

  expect(spans.some(({ name }) => name.startsWith('PRODUCER add runs'))).toBe(isTraced);
  expect(spans.some(({ name }) => name.startsWith('CONSUMER process runs'))).toBe(isTraced);
});

test('every time that a worker resumes a run belongs to the trace in which the run was asked for', async () => {
  const spans = recordSpans();
  const service = await startService();
  service.isDone = true;
  const ctx = await testContext({ env: { OTEL_TRACES_EXPORTER: 'otlp' } });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());

  await ended(ctx, await submitStatement(ctx, await linkAccount(ctx, service)));

  const asked = spans.find(({ name }) => name.startsWith('PRODUCER add runs'))!;
  const takenUp = spans.filter(({ name }) => name.startsWith('CONSUMER process runs'));
  expect(takenUp.length).toBeGreaterThan(1);
  expect(new Set(takenUp.map((span) => span.trace))).toEqual(new Set([asked.trace]));
});
