import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type CountRunsData, countRuns } from 'penstock-client';
import { memo } from 'react';
import { countText } from '../../components/count-text.ts';
import { Icon } from '../../components/icon.tsx';
import { lookOf } from '../../components/status-badge.tsx';
import { ask } from '../../data/api-error.ts';
import { serverNow } from '../../data/clock.ts';
import type { RunSearch } from './run-filter.ts';
import './histogram.css';

type Query = NonNullable<CountRunsData['query']>;

/** Making one takes far longer than using it. */
const timeFormat = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Of what the URL does not say. */
const DEFAULT_MS = 2 * DAY_MS;
const REFRESH_MS = 30_000;
/** Minutes are kept for 25 hours; so much of a range is shown by the minute. */
const MAX_BY_MINUTE_MS = 4 * HOUR_MS;
const MAX_BY_HOUR_MS = 10 * DAY_MS;
const MAX_BUCKETS = 750;

const STATES = [
  ['succeeded', 'Succeeded', 'succeeded'],
  ['failed', 'Failed', 'failed'],
  ['canceled', 'Canceled', 'queued'],
  ['unfinished', 'Not ended', 'running'],
] as const;

/** How many runs were created when, by their outcome; a bar narrows the list to its time. The list changes far more often. */
export const RunHistogram = memo(function RunHistogram({ search }: { search: RunSearch }) {
  const navigate = useNavigate();
  const shown = shownBy(search);
  const query = shown === undefined ? undefined : { ...rangeOf(search), by: shown.by };
  const counts = useQuery({
    queryKey: ['runs', 'counts', query],
    queryFn: ({ signal }) => ask(countRuns({ query, signal })),
    enabled: query !== undefined,
    refetchInterval: REFRESH_MS,
  });
  if (shown === undefined || query === undefined || counts.data === undefined) return null;
  const { items } = counts.data;
  const series = shown.values;
  const rows = items.map(({ at, counts: of }) => ({ at, parts: series.map(([value]) => of[value] ?? 0) }));
  const sums = rows.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0));
  const max = Math.max(...sums);
  // The list says it: no run matches.
  if (max <= 0) return null;
  const zoom = (at: string) => {
    const from = Date.parse(at);
    const to = new Date(from + query.bucket * 1000 - 1).toISOString();
    void navigate({ to: '/runs', search: (before) => ({ ...before, from: at, to }) });
  };
  return (
    <figure className="histogram" aria-label="Runs over time">
      <div className="histogram-bars" aria-hidden="true">
        {rows.map(({ at, parts }, i) => (
          <div
            key={at}
            className="histogram-bar"
            data-empty={sums[i] === 0 || undefined}
            title={titleOf(at, parts, series)}
            onClick={() => sums[i] !== 0 && zoom(at)}
          >
            {parts.map(
              (count, part) =>
                count > 0 && (
                  <span
                    key={series[part]![0]}
                    data-state={series[part]![2]}
                    data-outcome={series[part]![0]}
                    style={{ height: `${(count / max) * 100}%` }}
                  />
                ),
            )}
          </div>
        ))}
      </div>
      <HistogramLegend
        series={series}
        counts={series.map((_, i) => rows.reduce((sum, { parts }) => sum + parts[i]!, 0))}
      />
      <div className="histogram-foot soft small" aria-hidden="true">
        <span>{timeOf(items[0]?.at)}</span>
        <span>
          {countText(
            sums.reduce((sum, each) => sum + each, 0),
            'run',
          )}
          , at most {max.toLocaleString()} in {BUCKET_WORDS[query.bucket]}
        </span>
        <span>{timeOf(items.at(-1)?.at)}</span>
      </div>
      {/* A table is as wide as its cells, whatever width it is given: what hides it is around it. */}
      <div className="hidden">
        <table>
          <caption>Runs over time</caption>
          <thead>
            <tr>
              <th>Time</th>
              {series.map(([value, word]) => (
                <th key={value}>{word}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows
              .filter((_, i) => sums[i] !== 0)
              .map(({ at, parts }) => (
                <tr key={at}>
                  <th>{timeOf(at)}</th>
                  {parts.map((count, part) => (
                    <td key={series[part]![0]}>{count}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
});

/** What the colors of the bars mean: with the icon of the state, its word and how many there are, for who does not see colors. */
function HistogramLegend({ series, counts }: { series: Series; counts: readonly number[] }) {
  return (
    <ul className="histogram-legend row small" aria-label="Legend">
      {series.map(([value, word, state], i) => (
        <li key={value} data-state={state} data-outcome={value}>
          <span className="histogram-swatch" />
          {isState(value) && <Icon name={lookOf(value === 'unfinished' ? 'running' : value).icon} />}
          <span>
            {word} <span className="soft">{counts[i]!.toLocaleString()}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function isState(value: string): boolean {
  return STATES.some(([known]) => known === value);
}

const BUCKET_WORDS: Readonly<Record<number, string>> = { 60: 'a minute', 3600: 'an hour', 86400: 'a day' };

type Series = readonly (readonly [value: string, word: string, state: string])[];

/** Counts exist by one thing at a time: of a filter by two there is no histogram. */
function shownBy(search: RunSearch): { by: NonNullable<Query['by']>; values: Series } | undefined {
  const { status, code, action, cause, workflow, account, q } = search;
  const given = [status, code, action, cause, workflow, account, q].filter((each) => each !== undefined);
  if (given.length === 0) return { by: 'status', values: STATES };
  if (given.length > 1) return undefined;
  if (code !== undefined) return { by: 'code', values: [[code, code, 'failed']] };
  if (action !== undefined) return { by: 'action', values: [[action, action, 'queued']] };
  const known = STATES.find(([value]) => value === status);
  return known === undefined || status === 'unfinished' ? undefined : { by: 'status', values: [known] };
}

/** The range of the URL in buckets of a fitting size. */
function rangeOf(
  { from, to }: RunSearch,
  now = serverNow(),
): Required<Pick<Query, 'bucket'>> & Pick<Query, 'from' | 'to'> {
  const end = to === undefined ? now : Date.parse(to);
  const begin = from === undefined ? end - DEFAULT_MS : Date.parse(from);
  if (Number.isNaN(begin) || Number.isNaN(end) || begin >= end) return { bucket: 3600 };
  const length = end - begin;
  const isRecent = begin > now - DAY_MS;
  const bucket = length <= MAX_BY_MINUTE_MS && isRecent ? 60 : length <= MAX_BY_HOUR_MS ? 3600 : 86_400;
  const first = Math.max(begin, end - (MAX_BUCKETS - 2) * bucket * 1000);
  // Without a time in the URL the query stays the same, and so does its place in the cache.
  return {
    bucket,
    ...(from !== undefined && { from: new Date(first).toISOString() }),
    ...(to !== undefined && { to: new Date(Math.max(end, first + MINUTE_MS)).toISOString() }),
  };
}

function titleOf(at: string, parts: readonly number[], series: Series): string {
  const lines = parts.flatMap((count, i) => (count === 0 ? [] : [`${series[i]![1]}: ${count.toLocaleString()}`]));
  return [timeOf(at), ...lines].join('\n');
}

function timeOf(at: string | undefined): string {
  return at === undefined ? '' : timeFormat.format(new Date(at));
}
