import { useVirtualizer } from '@tanstack/react-virtual';
import type { RunSummary } from 'penstock-client';
import { type KeyboardEvent, useId, useRef } from 'react';
import { Icon } from '../../components/icon.tsx';
import { lookOf, runStatus } from '../../components/status-badge.tsx';
import { durationText } from '../../components/time-text.tsx';
import './run.css';

interface WaterfallProps {
  /** The run itself, then its steps or items. */
  runs: readonly RunSummary[];
  nameOf(run: RunSummary): string;
  selected: string;
  onSelect(run: RunSummary): void;
  /** Of what has not ended. */
  now: number;
}

const ROW_PX = 36;
const OVERSCAN = 10;

/** The tree of steps, and beside each when it waited and when it ran. Two thousand rows are as light as twenty. */
export function Waterfall({ runs, nameOf, selected, onSelect, now }: WaterfallProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const at = Math.max(
    0,
    runs.findIndex((run) => run.id === selected),
  );
  const [from, to] = spanOf(runs, now);
  const height = { height: virtualizer.getTotalSize() };
  const rows = virtualizer.getVirtualItems();
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: runs.length - 1 }[event.key];
    const run = next === undefined ? undefined : runs[Math.min(Math.max(next, 0), runs.length - 1)];
    if (run === undefined) return;
    event.preventDefault();
    onSelect(run);
    virtualizer.scrollToIndex(runs.indexOf(run));
  };
  return (
    <div className="waterfall" ref={scroller}>
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
              aria-selected={run.id === selected}
              aria-expanded={index === 0 && runs.length > 1 ? true : undefined}
              className="step-row"
              data-child={index > 0 || undefined}
              data-state={state}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => onSelect(run)}
            >
              <Icon name={icon} />
              <span className="clip">{nameOf(run)}</span>
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
              {barsOf(run, now).map(({ part, begin, end }) => (
                <span
                  key={part}
                  className="bar"
                  data-part={part}
                  style={{
                    insetInlineStart: `${((begin - from) / (to - from)) * 100}%`,
                    width: `${((end - begin) / (to - from)) * 100}%`,
                  }}
                />
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface Bar {
  part: 'queued' | 'ran';
  begin: number;
  end: number;
}

/** What a run did when, in epoch ms: it was queued, then it ran or waited. */
function barsOf({ created_at, started_at, finished_at }: RunSummary, now: number): Bar[] {
  const created = Date.parse(created_at);
  const end = finished_at === undefined ? now : Date.parse(finished_at);
  const started = started_at === undefined ? end : Math.min(Date.parse(started_at), end);
  const bars: Bar[] = [{ part: 'queued', begin: created, end: started }];
  if (started_at !== undefined) bars.push({ part: 'ran', begin: started, end });
  return bars;
}

/** From the first to the last moment of all, at least one millisecond apart. */
function spanOf(runs: readonly RunSummary[], now: number): [number, number] {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const run of runs) {
    for (const { begin, end } of barsOf(run, now)) {
      from = Math.min(from, begin);
      to = Math.max(to, end);
    }
  }
  return [from, Math.max(to, from + 1)];
}

function takenBy({ started_at, finished_at }: RunSummary, now: number): string {
  if (started_at === undefined) return '';
  return durationText((finished_at === undefined ? now : Date.parse(finished_at)) - Date.parse(started_at));
}
