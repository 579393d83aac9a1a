import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { getTriggerSeries, type TriggerHealth, type Workflow } from 'penstock-client';
import { lazy, Suspense } from 'react';
import { JsonTree } from '../../../components/json-tree.tsx';
import { Segments } from '../../../components/segments.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../../components/states.tsx';
import { ask } from '../../../data/api-error.ts';
import { serverNow } from '../../../data/clock.ts';
import { Backfills } from './backfills.tsx';
import { CursorCard } from './cursor-card.tsx';
import { CursorHistory } from './cursor-history.tsx';
import { DeadLetters } from './dead-letters.tsx';
import './sync.css';

const SeriesCharts = lazy(() => import('./series-charts.tsx'));
const route = getRouteApi('/frame/workflows/$id');

/** What can be chosen, with the bucket that gives some 170 to 290 points. */
const RANGES = {
  day: { text: '24 hours', ms: 86_400_000, bucket: 300 },
  week: { text: '7 days', ms: 7 * 86_400_000, bucket: 3600 },
} as const;
type Range = keyof typeof RANGES;
const REFRESH_MS = 60_000;

/** Where a sync stands, how late it is, and everything that moves it. */
export function SyncTab({ workflow, health }: { workflow: Workflow; health: TriggerHealth }) {
  if (workflow.version === 0) {
    return (
      <EmptyState title="Not published">
        A sync has a cursor once its first version is published. Publish it on the tab Versions.
      </EmptyState>
    );
  }
  return (
    <>
      <CursorCard workflow={workflow} health={health} />
      <Series id={workflow.id} />
      <DeadLetters workflow={workflow} />
      <Backfills workflow={workflow} position={health.cursor?.position ?? null} />
      <CursorHistory id={workflow.id} version={health.cursor?.version ?? 0} />
      <section className="section" aria-labelledby="source">
        <div className="section-head">
          <h2 id="source">Source</h2>
        </div>
        <JsonTree value={workflow.trigger.input ?? {}} />
      </section>
    </>
  );
}

function Series({ id }: { id: string }) {
  const { range } = route.useSearch();
  const navigate = useNavigate();
  const chosen: Range = range === 'week' ? 'week' : 'day';
  const series = useQuery({
    queryKey: ['workflow', id, 'series', chosen],
    queryFn({ signal }) {
      const { ms, bucket } = RANGES[chosen];
      const from = new Date(serverNow() - ms).toISOString();
      return ask(getTriggerSeries({ path: { id }, query: { from, bucket }, signal }));
    },
    refetchInterval: REFRESH_MS,
  });
  return (
    <section className="section" aria-labelledby="series">
      <div className="section-head">
        <h2 id="series">Over time</h2>
        <Segments
          label="Range"
          value={chosen}
          options={[
            { id: 'day', text: RANGES.day.text },
            { id: 'week', text: RANGES.week.text },
          ]}
          onChange={(next) =>
            navigate({
              to: '.',
              replace: true,
              search: (before) => ({ ...before, range: next === 'day' ? undefined : next }),
            })
          }
        />
      </div>
      {series.isError && <ErrorState error={series.error} onRetry={() => series.refetch()} />}
      <div className="charts-place">
        {series.isPending && <Skeleton />}
        {series.data && (
          <Suspense fallback={<Skeleton />}>
            <SeriesCharts series={series.data} />
          </Suspense>
        )}
      </div>
    </section>
  );
}
