import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type BulkReplay, cancelBulkReplay, getBulkReplay, type RunSummary } from 'penstock-client';
import { useEffect } from 'react';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useStream } from '../../data/stream.ts';
import { useRunName } from '../runs/run-name.tsx';
import { useRuns } from '../runs/use-runs.ts';
import './replays.css';

const route = getRouteApi('/frame/replays/$id');

/** A bulk replay: how far it is, what it could not replay, and the runs that it made. */
export function BulkReplayPage() {
  const { id } = route.useParams();
  const queries = useQueryClient();
  const canCancel = useCan('POST /v1/replays/{id}/cancel');
  const key = ['bulk-replay', id];
  const replay = useQuery({ queryKey: key, queryFn: ({ signal }) => ask(getBulkReplay({ path: { id }, signal })) });
  const cancel = useAct(
    (_: undefined, headers) => ask(cancelBulkReplay({ path: { id }, headers })),
    (made) => queries.setQueryData(key, made),
  );
  const isRunning = replay.data?.status === 'running';
  const look = () => void queries.invalidateQueries({ queryKey: key });
  useStream(isRunning ? '/v1/replays/events' : undefined, {
    ready: look,
    reset: look,
    replay(data) {
      const next = data as BulkReplay;
      if (next.id !== id) return;
      queries.setQueryData<BulkReplay>(key, (before) => ({ ...before, ...next }));
      // A list does not have the reasons.
      if (next.refused > (replay.data?.refusals?.length ?? 0) || next.status !== 'running') look();
    },
  });
  if (replay.isError) {
    return (
      <Page title="Replay">
        <ErrorState error={replay.error} onRetry={() => replay.refetch()} />
      </Page>
    );
  }
  if (replay.isPending) return <Skeleton lines={8} />;
  const { status, created_at, created_by, finished_at, per_second: rate } = replay.data;
  return (
    <Page
      title="Replay"
      beside={<StatusBadge status={status === 'done' ? 'succeeded' : status} word={WORDS[status]} />}
      actions={
        canCancel &&
        isRunning && (
          <Button isPending={cancel.isPending} onPress={() => cancel.mutate(undefined)}>
            Cancel
          </Button>
        )
      }
    >
      <div className="row soft">
        <span>
          Started <TimeText at={created_at} form="whole" /> by {created_by}
        </span>
        {finished_at !== undefined && (
          <span>
            Ended <TimeText at={finished_at} form="whole" />
          </span>
        )}
        <span>{rate.toLocaleString()} per second</span>
      </div>
      {cancel.isError && <ErrorState error={cancel.error} />}
      <Progress replay={replay.data} />
      <Refusals replay={replay.data} />
      <MadeRuns id={id} />
    </Page>
  );
}

const WORDS = { running: 'Running', done: 'Done', canceled: 'Canceled' } as const;

function Progress({ replay }: { replay: BulkReplay }) {
  const { total, replayed, refused } = replay;
  const share = (count: number) => ({ width: `${total === 0 ? 0 : (count / total) * 100}%` });
  return (
    <div className="stack">
      <p>
        <strong>{replayed.toLocaleString()}</strong> of {total.toLocaleString()} replayed
        {refused > 0 && `, ${refused.toLocaleString()} refused`}
      </p>
      <div
        className="replay-progress"
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={replayed + refused}
      >
        <span data-state="succeeded" style={share(replayed)} />
        <span data-state="failed" style={share(refused)} />
      </div>
    </div>
  );
}

function Refusals({ replay }: { replay: BulkReplay }) {
  const { refusals = [], refused } = replay;
  if (refusals.length === 0) return null;
  return (
    <section className="card" aria-label="Refused">
      <h2>Refused</h2>
      {refused > refusals.length && (
        <p className="soft">
          The first {refusals.length} of {refused.toLocaleString()}.
        </p>
      )}
      <ul className="refusals">
        {refusals.map(({ run, code, message }) => (
          <li key={run}>
            <Link to="/runs/$id" params={{ id: run }} search={{}} className="mono">
              {run}
            </Link>{' '}
            <code>{code}</code> {message}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The runs that the replay has made so far, as they are now. */
function MadeRuns({ id }: { id: string }) {
  const { list, newCount, showNew } = useRuns({ replay: id });
  const isFirst = list.rows.length === 0 && newCount > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first rows move nothing, so they need no button
  useEffect(() => {
    if (isFirst) showNew();
  }, [isFirst]);
  const navigate = useNavigate();
  const nameOf = useRunName();
  const columns: Column<RunSummary>[] = [
    { id: 'status', header: 'Status', width: '10rem', cell: (run) => <StatusBadge status={runStatus(run)} /> },
    {
      id: 'name',
      header: 'Name',
      width: 'minmax(0, 3fr)',
      cell: (run) => (
        <Link to="/runs/$id" params={{ id: run.id }} search={{}} tabIndex={-1}>
          {nameOf(run)}
        </Link>
      ),
    },
    {
      id: 'of',
      header: 'Replay of',
      width: 'minmax(0, 2fr)',
      isWide: true,
      cell: ({ replay_of: of }) =>
        of !== undefined && (
          <Link to="/runs/$id" params={{ id: of }} search={{}} tabIndex={-1} className="mono">
            {of}
          </Link>
        ),
    },
    {
      id: 'error',
      header: 'Error',
      width: 'minmax(0, 2fr)',
      isWide: true,
      cell: ({ error }) => (error === undefined ? '' : <code title={error.message}>{error.code}</code>),
    },
    {
      id: 'created',
      header: 'Created',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: (run) => <TimeText at={run.created_at} />,
    },
  ];
  return (
    <section className="stack" aria-label="Runs that it made">
      <div className="row">
        <h2>Runs that it made</h2>
        {newCount > 0 && (
          <Button icon="refresh" onPress={showNew}>
            {newCount.toLocaleString()} new
          </Button>
        )}
      </div>
      <div className="bulk-runs">
        <ListGrid
          label="Runs that it made"
          list={list}
          rowKey={(run) => run.id}
          columns={columns}
          onOpen={(run) => navigate({ to: '/runs/$id', params: { id: run.id }, search: {} })}
          empty={<EmptyState title="No run yet">Each run appears here when it is replayed.</EmptyState>}
        />
      </div>
    </section>
  );
}
