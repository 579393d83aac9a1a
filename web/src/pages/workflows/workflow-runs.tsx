import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { RunSummary, Workflow } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { ChoiceChip } from '../../components/chip.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { EmptyState } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { useRuns } from '../runs/use-runs.ts';

const route = getRouteApi('/frame/workflows/$id');

const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled'] as const;
const OPTIONS = STATUSES.map((id) => ({
  id,
  text: id.charAt(0).toUpperCase() + id.slice(1),
  shown: <StatusBadge status={id} />,
}));

/** The runs of one workflow, newest first, as they happen. */
export function WorkflowRuns({ workflow }: { workflow: Workflow }) {
  const { status } = route.useSearch();
  const navigate = useNavigate();
  const known = STATUSES.find((each) => each === status);
  const { list, newCount, showNew } = useRuns({ workflow: workflow.id, status: known });
  return (
    <div className="stack">
      <div className="row">
        <ChoiceChip
          label="Status"
          value={known}
          options={OPTIONS}
          onChange={(value) => navigate({ to: '.', search: (before) => ({ ...before, status: value }) })}
        />
        <Link to="/runs" search={{ workflow: workflow.name, ...(known === undefined ? {} : { status: known }) }}>
          All filters
        </Link>
        {newCount > 0 && (
          <Button icon="refresh" onPress={showNew}>
            {newCount.toLocaleString()} new
          </Button>
        )}
      </div>
      <div className="grid-box">
        <ListGrid
          label="Runs"
          list={list}
          rowKey={({ id }) => id}
          columns={COLUMNS}
          onOpen={({ id }) => navigate({ to: '/runs/$id', params: { id } })}
          empty={
            known === undefined ? (
              <EmptyState title="No runs yet">
                Each time the trigger finds something, a run executes the steps. "Run now" starts one without waiting.
              </EmptyState>
            ) : (
              <EmptyState title="No run has this status" />
            )
          }
        />
      </div>
    </div>
  );
}

const COLUMNS: readonly Column<RunSummary>[] = [
  { id: 'status', header: 'Status', width: '10rem', cell: (run) => <StatusBadge status={runStatus(run)} /> },
  {
    id: 'run',
    header: 'Run',
    width: 'minmax(0, 2fr)',
    isWide: true,
    cell: ({ id }) => (
      <Link to="/runs/$id" params={{ id }} className="mono" tabIndex={-1}>
        {id}
      </Link>
    ),
  },
  {
    id: 'started',
    header: 'Started by',
    width: '7rem',
    isWide: true,
    isExtra: true,
    cell: ({ trigger }) => trigger ?? '—',
  },
  {
    id: 'error',
    header: 'Error',
    width: 'minmax(0, 2fr)',
    isWide: true,
    cell: ({ error }) => (error === undefined ? '' : <code title={error.message}>{error.code}</code>),
  },
  {
    id: 'version',
    header: 'Version',
    width: '5rem',
    align: 'end',
    isWide: true,
    cell: ({ workflow_version: version, draft }) => (draft === true ? 'Draft' : (version ?? '—')),
  },
  {
    id: 'duration',
    header: 'Duration',
    width: '7rem',
    align: 'end',
    isWide: true,
    cell: ({ started_at, finished_at }) =>
      started_at === undefined || finished_at === undefined
        ? '—'
        : durationText(Date.parse(finished_at) - Date.parse(started_at)),
  },
  { id: 'created', header: 'Created', width: '7rem', align: 'end', cell: (run) => <TimeText at={run.created_at} /> },
];
