import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { RunSummary } from 'penstock-client';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/grid.tsx';
import { useGridFocus } from '../../components/grid-keys.ts';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { useCan } from '../../data/me.ts';
import { useKeys } from '../../frame/keys.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { RunFilters } from './filters.tsx';
import { useRunName } from './run-name.tsx';
import { useRuns } from './use-runs.ts';

const route = getRouteApi('/frame/runs');

/** Every run, newest first, narrowed by what the URL says. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { account, status, ...rest } = search;
  const { list, newCount, showNew } = useRuns({
    ...rest,
    linked_account: account,
    status: status as RunSummary['status'] | undefined,
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isCanceling, setCanceling] = useState(false);
  const canCancel = useCan('POST /v1/runs/{id}/cancel');
  const focus = useGridFocus<RunSummary>();
  const columns = useColumns();
  const chosen = [...selected].filter((id) => list.rows.some((row) => row.id === id));
  const toggle = (id: string) =>
    setSelected((before) => new Set(before.has(id) ? [...before].filter((x) => x !== id) : [...before, id]));
  const open = (id: string) => navigate({ to: '/runs/$id', params: { id } });
  useKeys([
    { keys: 'j', label: 'Next run', run: () => focus.current?.move(1) },
    { keys: 'k', label: 'Previous run', run: () => focus.current?.move(-1) },
    { keys: 'Enter', label: 'Open the run', run: () => focus.current?.row && open(focus.current.row.id) },
    { keys: 'x', label: 'Select the run', run: () => focus.current?.row && toggle(focus.current.row.id) },
    { keys: 'f', label: 'Filter', run: focusFilters },
    { keys: 'c', label: 'Cancel the selected runs', run: () => canCancel && chosen.length > 0 && setCanceling(true) },
  ]);
  return (
    <Page
      title="Runs"
      fills
      actions={
        <>
          {newCount > 0 && (
            <Button icon="refresh" onPress={showNew}>
              {newCount.toLocaleString()} new
            </Button>
          )}
          {chosen.length > 0 && (
            <>
              <span className="soft">{chosen.length.toLocaleString()} selected</span>
              <Button kind="quiet" onPress={() => setSelected(new Set())}>
                Clear
              </Button>
            </>
          )}
          {canCancel && chosen.length > 0 && <Button onPress={() => setCanceling(true)}>Cancel…</Button>}
        </>
      }
    >
      <RunFilters />
      <ListGrid
        label="Runs"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        focus={focus}
        selected={selected}
        onSelect={setSelected}
        onOpen={({ id }) => open(id)}
        empty={
          Object.keys(search).length > 0 ? (
            <EmptyState title="No run matches these filters" />
          ) : (
            <EmptyState title="No runs yet">
              A run is one execution of an action or a workflow. Run an action from the page Connectors.
            </EmptyState>
          )
        }
      />
      {isCanceling && <CancelDialog ids={chosen} onClose={() => setCanceling(false)} />}
    </Page>
  );
}

function focusFilters(): void {
  document.querySelector<HTMLElement>('[role="toolbar"][aria-label="Filters"] button')?.focus();
}

function useColumns(): readonly Column<RunSummary>[] {
  const nameOf = useRunName();
  const { data: accounts } = useQuery(accountsQuery);
  return useMemo(
    () => [
      { id: 'status', header: 'Status', width: '8.5rem', cell: (run) => <StatusBadge status={runStatus(run)} /> },
      {
        id: 'name',
        header: 'Name',
        width: 'minmax(0, 3fr)',
        cell: (run) => (
          <Link to="/runs/$id" params={{ id: run.id }} tabIndex={-1}>
            {nameOf(run)}
          </Link>
        ),
      },
      {
        id: 'account',
        header: 'Account',
        width: 'minmax(0, 2fr)',
        isWide: true,
        cell: ({ linked_account: id }) => accounts?.find((each) => each.id === id)?.name ?? id ?? '—',
      },
      {
        id: 'error',
        header: 'Error',
        width: 'minmax(0, 2fr)',
        isWide: true,
        cell: ({ error }) => (error === undefined ? '' : <code title={error.message}>{error.code}</code>),
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
      {
        id: 'created',
        header: 'Created',
        width: '8rem',
        isWide: true,
        align: 'end',
        cell: (run) => <TimeText at={run.created_at} />,
      },
    ],
    [nameOf, accounts],
  );
}
