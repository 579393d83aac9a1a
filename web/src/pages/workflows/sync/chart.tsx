import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStore } from '../../../data/store.ts';
import { theme } from '../../../frame/theme.ts';

interface ChartProps {
  title: string;
  /** What the whole range comes to; the value under the pointer takes its place. */
  summary: string;
  /** Epoch seconds, ascending. */
  times: readonly number[];
  values: readonly (number | null)[];
  shape: 'line' | 'bars';
  /** A token of `tokens.css`. */
  color: string;
  format(value: number): string;
}

const HEIGHT_PX = 120;
const AXIS_PX = 52;
/** Everything here is counted in whole numbers. */
const WHOLE = [1, 2, 5]
  .flatMap((digit) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].map((unit) => digit * unit))
  .sort((a, b) => a - b);
const DARK = '(prefers-color-scheme: dark)';
/** Charts of one page show the same moment. */
const SYNC_KEY = 'series';

/** A small chart of one series over time. It is hidden from screen readers, which read the table below. */
export function Chart({ title, summary, times, values, shape, color, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const formatting = useRef(format);
  formatting.current = format;
  const [at, setAt] = useState<number>();
  const chosenTheme = useStore(theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colors
  useEffect(() => {
    const element = place.current!;
    const plot = new uPlot(
      optionsOf(element, { shape, color, format: (value) => formatting.current(value), onPoint: setAt }),
      [times as number[], values as (number | null)[]],
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resize.observe(element);
    const system = matchMedia(DARK);
    const redraw = () => plot.redraw(false, true);
    system.addEventListener('change', redraw);
    return () => {
      system.removeEventListener('change', redraw);
      resize.disconnect();
      plot.destroy();
    };
  }, [times, values, shape, color, chosenTheme]);
  const value = at === undefined ? undefined : values[at];
  return (
    <figure className="chart">
      <figcaption>
        <span className="soft">{title}</span>
        <span>
          {at === undefined || value === undefined || times[at] === undefined
            ? summary
            : `${value === null ? '—' : format(value)} · ${timeText(times[at])}`}
        </span>
      </figcaption>
      <div ref={place} className="chart-place" aria-hidden="true" />
    </figure>
  );
}

interface Look extends Pick<ChartProps, 'shape' | 'color' | 'format'> {
  onPoint(at: number | undefined): void;
}

function optionsOf(element: HTMLElement, { shape, color, format, onPoint }: Look): uPlot.Options {
  const ink = () => colorOf(element, color);
  const line = () => colorOf(element, '--line');
  const axis: uPlot.Axis = {
    stroke: () => colorOf(element, '--ink-soft'),
    font: '11px "Inter Variable", system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: SYNC_KEY }, y: false, drag: { x: false, y: false }, points: { show: shape === 'line' } },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
    scales: { y: { range: (_, _min, max) => [0, Math.max(max ?? 0, 1) * 1.1] } },
    axes: [
      { ...axis, size: 24, grid: { show: false }, space: 90, values: (_, ticks) => ticks.map(shortTime) },
      { ...axis, size: AXIS_PX, space: 36, values: (_, ticks) => ticks.map(format), incrs: WHOLE },
    ],
    series: [
      {},
      {
        stroke: ink,
        width: shape === 'line' ? 1.5 : 0,
        points: { show: false },
        ...(shape === 'line' ? { spanGaps: true } : { fill: ink, paths: uPlot.paths.bars!({ size: [0.7, 12, 1] }) }),
      },
    ],
  };
}

/** A token as a color that a canvas takes: browsers resolve `light-dark()` only in properties that are colors. */
function colorOf(element: HTMLElement, token: string): string {
  element.style.color = `var(${token})`;
  return getComputedStyle(element).color;
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

function shortTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0 ? day.format(time) : clock.format(time);
}
