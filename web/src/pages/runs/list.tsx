import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { listRuns, type RunSummary } from 'penstock-client';
import { useMemo } from 'react';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { RunFilters } from './filters.tsx';
import { useRunName } from './run-name.tsx';

const route = getRouteApi('/frame/runs');

/** Every run, newest first, narrowed by what the URL says. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { account, status, ...rest } = search;
  const query = { ...rest, linked_account: account, status: status as RunSummary['status'] | undefined };
  const list = useList(['runs', query], (cursor, signal) => ask(listRuns({ query: { ...query, cursor }, signal })));
  const columns = useColumns();
  const isFiltered = Object.keys(search).length > 0;
  return (
    <Page title="Runs" fills>
      <RunFilters />
      <ListGrid
        label="Runs"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        onOpen={({ id }) => navigate({ to: '/runs/$id', params: { id } })}
        empty={
          isFiltered ? (
            <EmptyState title="No run matches these filters" />
          ) : (
            <EmptyState title="No runs yet">
              A run is one execution of an action or a workflow. Run an action from the page Connectors.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}

function useColumns(): readonly Column<RunSummary>[] {
  const nameOf = useRunName();
  const { data: accounts } = useQuery(accountsQuery);
  return useMemo(
    () => [
      { id: 'status', header: 'Status', width: '9rem', cell: (run) => <StatusBadge status={runStatus(run)} /> },
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
        width: '7rem',
        align: 'end',
        cell: (run) => <TimeText at={run.created_at} />,
      },
    ],
    [nameOf, accounts],
  );
}
