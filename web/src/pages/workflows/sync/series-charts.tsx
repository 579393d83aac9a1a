import type { TriggerSeries } from 'penstock-client';
import { useMemo, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { durationText } from '../../../components/time-text.tsx';
import { Chart } from './chart.tsx';
import { fillBuckets } from './series-points.ts';

const numberText = (value: number) => value.toLocaleString(undefined, { maximumFractionDigits: 1 });
const secondsText = (value: number) => (value === 0 ? '0' : durationText(value * 1000));

/** Lag, events, polls and failures of a trigger, as charts and as a table of the same numbers. */
export default function SeriesCharts({ series }: { series: TriggerSeries }) {
  const [isTable, setTable] = useState(false);
  const points = useMemo(() => fillBuckets(series), [series]);
  const hasSeconds = series.items.some(({ lag }) => lag.seconds !== null);
  const sum = (name: 'events' | 'polls' | 'failures') => series.items.reduce((all, each) => all + each[name], 0);
  const lag = hasSeconds ? points.lagSeconds : points.lagRows;
  const worst = lag.reduce<number | undefined>(
    (most, value) => (value === null ? most : Math.max(most ?? 0, value)),
    undefined,
  );
  const lagFormat = hasSeconds ? secondsText : numberText;
  return (
    <>
      <div className="tiles charts">
        <Chart
          title={hasSeconds ? 'Lag' : 'Lag in rows'}
          summary={worst === undefined ? 'Unknown' : `At most ${lagFormat(worst)}`}
          times={points.times}
          values={lag}
          shape="line"
          color="--ink"
          format={lagFormat}
        />
        <Chart
          title="Events delivered"
          summary={numberText(sum('events'))}
          times={points.times}
          values={points.events}
          shape="bars"
          color="--ink"
          format={numberText}
        />
        <Chart
          title="Polls"
          summary={numberText(sum('polls'))}
          times={points.times}
          values={points.polls}
          shape="bars"
          color="--ink-soft"
          format={numberText}
        />
        <Chart
          title="Failures"
          summary={numberText(sum('failures'))}
          times={points.times}
          values={points.failures}
          shape="bars"
          color="--failed"
          format={numberText}
        />
      </div>
      <div>
        <Button kind="quiet" onPress={() => setTable(!isTable)}>
          {isTable ? 'Hide the table' : 'Show as a table'}
        </Button>
      </div>
      <div className={isTable ? 'grid-box table-box' : 'hidden'}>
        <SeriesTable series={series} />
      </div>
    </>
  );
}

function SeriesTable({ series }: { series: TriggerSeries }) {
  return (
    <table className="data-table">
      <caption className="hidden">
        Lag, events, polls and failures in buckets of {durationText(series.bucket_seconds * 1000)}, newest first.
        Buckets in which nothing happened are left out.
      </caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Lag</th>
          <th scope="col">Lag in rows</th>
          <th scope="col">Events</th>
          <th scope="col">Polls</th>
          <th scope="col">Failures</th>
        </tr>
      </thead>
      <tbody>
        {series.items.toReversed().map(({ at, lag, events, polls, failures }) => (
          <tr key={at}>
            <th scope="row">{new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</th>
            <td>{lag.seconds === null ? '—' : secondsText(lag.seconds)}</td>
            <td>{lag.rows === null ? '—' : numberText(lag.rows)}</td>
            <td>{numberText(events)}</td>
            <td>{numberText(polls)}</td>
            <td>{numberText(failures)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
