import { useVirtualizer } from '@tanstack/react-virtual';
import type { RunSummary } from 'penstock-client';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from 'react';
import { countText } from '../../components/count-text.ts';
import { Icon } from '../../components/icon.tsx';
import { useIsNarrow } from '../../components/narrow.ts';
import { lookOf, runStatus } from '../../components/status-badge.tsx';
import { durationText } from '../../components/time-text.tsx';
import { type Bar, barsOf, PHASE_WORDS, wholeOf } from './bars.ts';
import { createTimeAxis, type TimeAxis } from './time-axis.ts';
import './run.css';

interface WaterfallProps {
  /** The run itself, then its steps or items. */
  runs: readonly RunSummary[];
  /** How many items the loop has, also of those that are not here; each has its place among them. */
  total: number | undefined;
  /** There are more than these. */
  hasMore: boolean;
  /** The last row comes into sight, or the keyboard is on it: load more. */
  onEnd(): void;
  nameOf(run: RunSummary): string;
  selected: string;
  onSelect(run: RunSummary): void;
  /** Of what has not ended. */
  now: number;
}

const ROW_PX = 36;
/** On a phone the bars of a run stand below its name; run.css has the same. */
const NARROW_ROW_PX = 60;
const NARROW_AXIS = { wantedTicks: 3, breakShare: 0.24 };
const OVERSCAN = 10;
/** Further to the end, a label has no room. */
const LAST_TICK = 0.94;

/** The tree of steps, and beside each when it waited and when it ran. Two thousand rows are as light as twenty. */
export function Waterfall(props: WaterfallProps) {
  const { runs, total, hasMore, onEnd, nameOf, selected, onSelect, now } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const virtualizer = useVirtualizer({
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? NARROW_ROW_PX : ROW_PX),
    overscan: OVERSCAN,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows have another height
  useEffect(() => virtualizer.measure(), [isNarrow]);
  const at = Math.max(
    0,
    runs.findIndex((run) => run.id === selected),
  );
  const bars = useMemo(() => runs.map((run) => barsOf(run, now)), [runs, now]);
  const axis = useMemo(
    () => createTimeAxis([...bars.flat(), ...runs.map((run) => wholeOf(run, now))], isNarrow ? NARROW_AXIS : {}),
    [bars, runs, now, isNarrow],
  );
  const height = { height: virtualizer.getTotalSize() };
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const isAtEnd = hasMore && runs.length > 1 && last >= runs.length - 1 - OVERSCAN;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with more rows it may be at the end again
  useEffect(() => {
    if (isAtEnd) onEnd();
  }, [isAtEnd, runs.length]);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: runs.length - 1 }[event.key];
    const run = next === undefined ? undefined : runs[Math.min(Math.max(next, 0), runs.length - 1)];
    if (run === undefined) return;
    event.preventDefault();
    onSelect(run);
    virtualizer.scrollToIndex(runs.indexOf(run));
    if (run === runs.at(-1)) onEnd();
  };
  return (
    <section className="stack" aria-label="Steps and time">
      <div className="waterfall" ref={scroller}>
        <div className="waterfall-head" />
        <AxisHead axis={axis} />
        <div
          className="waterfall-side waterfall-tree"
          role="tree"
          aria-label="Steps"
          tabIndex={0}
          aria-activedescendant={`${id}-${at}`}
          onKeyDown={onKeyDown}
          style={height}
        >
          {rows.map(({ index, start }) => {
            const run = runs[index]!;
            const { state, icon, word } = lookOf(runStatus(run));
            return (
              <div
                key={run.id}
                id={`${id}-${index}`}
                role="treeitem"
                aria-level={index === 0 ? 1 : 2}
                {...placeOf(run, { index, count: runs.length - 1, total, hasMore })}
                aria-selected={run.id === selected}
                aria-expanded={index === 0 && runs.length > 1 ? true : undefined}
                className="step-row"
                data-child={index > 0 || undefined}
                data-state={state}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => onSelect(run)}
              >
                <Icon name={icon} />
                <span className="clip">
                  {nameOf(run)}
                  {index > 0 && run.loop !== undefined && (
                    <span className="small"> · {countText(run.loop.items, 'item')}</span>
                  )}
                </span>
                <span className="hidden">{word}</span>
                <span className="soft small">{takenBy(run, now)}</span>
              </div>
            );
          })}
        </div>
        <div className="waterfall-side" role="img" aria-label="Timeline" style={height}>
          {rows.map(({ index, start }) => {
            const run = runs[index]!;
            return (
              <div
                key={run.id}
                className="step-row"
                data-selected={run.id === selected || undefined}
                data-state={lookOf(runStatus(run)).state}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => onSelect(run)}
              >
                {bars[index]!.map((bar) => (
                  <BarPart key={`${bar.part} ${bar.from}`} bar={bar} axis={axis} />
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <Legend bars={bars} />
    </section>
  );
}

/** Which of how many a row is: an item of a loop is in its place among all of them; -1 where their number is not known. */
function placeOf(
  { item_index: item }: RunSummary,
  of: { index: number; count: number; total: number | undefined; hasMore: boolean },
): { 'aria-setsize': number; 'aria-posinset': number } {
  const { index, count, total, hasMore } = of;
  if (index === 0) return { 'aria-setsize': 1, 'aria-posinset': 1 };
  if (total !== undefined && item !== undefined) return { 'aria-setsize': total, 'aria-posinset': item + 1 };
  return { 'aria-setsize': hasMore ? -1 : count, 'aria-posinset': index };
}

/** One phase of a run; on hover, which attempt and launch it is of. */
function BarPart({ bar, axis }: { bar: Bar; axis: TimeAxis }) {
  const begin = axis.place(bar.from);
  return (
    <span
      className="bar"
      data-part={bar.part}
      data-failed={bar.code !== undefined || undefined}
      title={titleOf(bar)}
      style={{ insetInlineStart: `${begin * 100}%`, width: `${(axis.place(bar.to) - begin) * 100}%` }}
    />
  );
}

function titleOf({ part, from, to, attempt, launch, code }: Bar): string {
  const of = [attempt === undefined ? '' : `attempt ${attempt}`, launch === undefined ? '' : `launch ${launch}`];
  const words = [`${PHASE_WORDS[part]}: ${durationText(to - from)}`, ...of, code ?? ''];
  return words.filter((word) => word !== '').join(', ');
}

/** The times of the axis, and how long the waits are that are drawn short. */
function AxisHead({ axis }: { axis: TimeAxis }) {
  return (
    <div className="waterfall-head waterfall-axis" aria-hidden="true">
      {axis.ticks
        .filter(({ at }) => at < LAST_TICK)
        .map(({ at, ms, isAfterBreak }) => (
          <span key={at} className="axis-tick" style={{ insetInlineStart: `${at * 100}%` }}>
            {ms === 0 ? (isAfterBreak ? '' : '0') : `${isAfterBreak ? '+' : ''}${durationText(ms)}`}
          </span>
        ))}
      {axis.parts
        .filter(({ isBroken }) => isBroken)
        .map(({ at, share, from, to }) => (
          <span key={at} className="axis-break" style={{ insetInlineStart: `${at * 100}%`, width: `${share * 100}%` }}>
            {durationText(to - from)}
          </span>
        ))}
    </div>
  );
}

/** What the bars mean, of those that are drawn. */
function Legend({ bars }: { bars: readonly Bar[][] }) {
  const drawn = new Set(bars.flatMap((each) => each.map(({ part }) => part)));
  const parts = (Object.keys(PHASE_WORDS) as Bar['part'][]).filter((part) => drawn.has(part));
  return (
    <ul className="legend row soft small" aria-label="Legend">
      {parts.map((part) => (
        <li key={part}>
          <span className="bar" data-part={part} />
          {PHASE_WORDS[part]}
        </li>
      ))}
    </ul>
  );
}

function takenBy({ started_at, finished_at }: RunSummary, now: number): string {
  if (started_at === undefined) return '';
  return durationText((finished_at === undefined ? now : Date.parse(finished_at)) - Date.parse(started_at));
}
