import {
  COUNTERS,
  DURATION_BUCKETS,
  GAUGES,
  HISTOGRAMS,
  type HistogramSeries,
  type OwnMeters,
  type Series,
} from '../engine/store/meters.ts';

/** What a process counted, in Prometheus' text format. */
export function meterText({ counters, histograms, gauges }: OwnMeters): string {
  const lines: string[] = [];
  for (const [name, value] of gauges) {
    lines.push(...head(name, GAUGES[name].help, 'gauge'), line(name, { labels: {}, value }));
  }
  for (const [name, series] of counters) {
    lines.push(...head(name, COUNTERS[name].help, 'counter'), ...series.map((one) => line(name, one)));
  }
  for (const [name, series] of histograms) {
    lines.push(
      ...head(name, HISTOGRAMS[name].help, 'histogram'),
      ...series.flatMap((one) => histogramLines(name, one)),
    );
  }
  return lines.map((text) => `${text}\n`).join('');
}

/** One gauge with all its series. */
export function gaugeText(name: string, help: string, series: readonly Series[]): string {
  return [...head(name, help, 'gauge'), ...series.map((one) => line(name, one))].map((text) => `${text}\n`).join('');
}

/** One counter with all its series. */
export function counterText(name: string, help: string, series: readonly Series[]): string {
  return [...head(name, help, 'counter'), ...series.map((one) => line(name, one))].map((text) => `${text}\n`).join('');
}

/** One summary without quantiles: how many there were, and their sum. */
export function summaryText(
  name: string,
  help: string,
  series: readonly { labels: Record<string, string>; sum: number; count: number }[],
): string {
  const lines = series.flatMap(({ labels, sum, count }) => [
    line(`${name}_sum`, { labels, value: sum }),
    line(`${name}_count`, { labels, value: count }),
  ]);
  return [...head(name, help, 'summary'), ...lines].map((text) => `${text}\n`).join('');
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function histogramLines(name: string, { labels, buckets, sum, count }: HistogramSeries): string[] {
  let below = 0;
  const limits = [...DURATION_BUCKETS.map(String), '+Inf'];
  return [
    ...limits.map((le, at) => {
      below += buckets[at] ?? 0;
      return line(`${name}_bucket`, { labels: { ...labels, le }, value: below });
    }),
    line(`${name}_sum`, { labels, value: sum }),
    line(`${name}_count`, { labels, value: count }),
  ];
}

function line(name: string, { labels, value }: Series): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
