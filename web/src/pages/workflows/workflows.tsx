import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { listWorkflows, type WorkflowSummary } from 'penstock-client';
import { useEffect, useMemo } from 'react';
import type { Column } from '../../components/grid.tsx';
import { useGridFocus } from '../../components/grid-keys.ts';
import { ListGrid } from '../../components/list-grid.tsx';
import { useIsNarrow } from '../../components/narrow.ts';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { triggersQuery } from '../../data/catalog.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { useKeys } from '../../frame/keys.ts';
import { lagText } from './lag-text.ts';
import { RunStrip } from './run-strip.tsx';
import { shownState } from './trigger-state.ts';
import { isFiltered, WorkflowFilters } from './workflow-filters.tsx';
import './workflows.css';

const route = getRouteApi('/frame/workflows');
const PAGE = 100;
const STRIP = 12;
const NARROW_STRIP = 6;
const REFRESH_MS = 15_000;

/** Every workflow with the health of its trigger and its last runs. */
export function WorkflowsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: accounts } = useQuery(accountsQuery);
  const canCreate = useCan('POST /v1/workflows', 'PUT /v1/workflows/{id}/draft');
  const focus = useGridFocus<WorkflowSummary>();
  const columns = useColumns();
  const all = useList(['workflows', 'list'], (cursor, signal) =>
    ask(listWorkflows({ query: { cursor, limit: PAGE, recent_runs: STRIP }, signal })),
  );
  const { rows, hasMore, loadMore, query } = all;
  const isNarrowed = isFiltered(search);
  const account = accounts?.find(({ id, name }) => id === search.account || name === search.account)?.id;
  const shown = useMemo(
    () => (isNarrowed ? rows.filter((each) => fits(each, { ...search, account: account ?? search.account })) : rows),
    [isNarrowed, rows, search, account],
  );
  // The API does not filter by state or text: all pages are needed to find what fits.
  useEffect(() => {
    if (isNarrowed && hasMore && !query.isError) loadMore();
  }, [isNarrowed, hasMore, loadMore, query.isError]);
  const { refetch } = query;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void refetch(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [refetch]);
  const open = ({ id }: WorkflowSummary) => navigate({ to: '/workflows/$id', params: { id } });
  useKeys([
    { keys: 'j', label: 'Next workflow', run: () => focus.current?.move(1) },
    { keys: 'k', label: 'Previous workflow', run: () => focus.current?.move(-1) },
    { keys: 'Enter', label: 'Open the workflow', run: () => focus.current?.row && open(focus.current.row) },
    { keys: 'f', label: 'Filter', run: focusFilters },
  ]);
  const create = canCreate && (
    <Link to="/workflows/new" className="button" data-kind="primary">
      New workflow
    </Link>
  );
  const isEmpty = query.isSuccess && rows.length === 0 && !isNarrowed;
  return (
    <Page title="Workflows" fills actions={isEmpty ? undefined : create}>
      {!isEmpty && <WorkflowFilters workflows={rows} />}
      <ListGrid
        label="Workflows"
        list={{ ...all, rows: shown }}
        rowKey={({ id }) => id}
        columns={columns}
        focus={focus}
        onOpen={open}
        empty={
          isNarrowed ? (
            <EmptyState title="No workflow matches these filters" />
          ) : (
            <EmptyState title="No workflows yet" actions={create}>
              A workflow starts by a trigger, such as new rows of a table, a schedule or an incoming webhook, and runs
              actions in steps.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}

function focusFilters(): void {
  document.querySelector<HTMLElement>('[role="toolbar"][aria-label="Filters"] button')?.focus();
}

function fits(
  { name, trigger }: WorkflowSummary,
  { q, state, trigger: wanted, account }: { q?: string; state?: string; trigger?: string; account?: string },
): boolean {
  return (
    (q === undefined || name.toLocaleLowerCase().includes(q.toLocaleLowerCase())) &&
    (state === undefined || trigger.state === state) &&
    (wanted === undefined || trigger.id === wanted) &&
    (account === undefined || trigger.linked_account === account)
  );
}

function useColumns(): readonly Column<WorkflowSummary>[] {
  const { data: triggers } = useQuery(triggersQuery);
  const isNarrow = useIsNarrow();
  return useMemo(() => {
    const find = (id: string | undefined) => triggers?.find((each) => each.id === id);
    return [
      {
        id: 'state',
        header: 'State',
        width: isNarrow ? '6.5rem' : '8.5rem',
        cell: ({ trigger }) => <StatusBadge status={shownState(trigger.state, find(trigger.id)?.kind)} />,
      },
      {
        id: 'name',
        header: 'Name',
        width: 'minmax(0, 3fr)',
        cell: ({ id, name }) => (
          <Link to="/workflows/$id" params={{ id }} tabIndex={-1} title={name}>
            <bdi>{name}</bdi>
          </Link>
        ),
      },
      {
        id: 'runs',
        header: 'Last runs',
        width: isNarrow ? '4rem' : '6.5rem',
        cell: ({ recent_runs = [] }) => <RunStrip runs={recent_runs.slice(0, isNarrow ? NARROW_STRIP : STRIP)} />,
      },
      {
        id: 'trigger',
        header: 'Trigger',
        width: 'minmax(0, 2fr)',
        isWide: true,
        cell: ({ trigger }) => find(trigger.id)?.title ?? trigger.id ?? '',
      },
      {
        id: 'lag',
        header: 'Lag',
        width: 'minmax(0, 1fr)',
        isWide: true,
        align: 'end',
        cell: ({ trigger }) => lagText(trigger.lag) ?? '—',
      },
      {
        id: 'next',
        header: 'Next tick',
        width: '7rem',
        isWide: true,
        align: 'end',
        cell: ({ trigger: { next_tick_at: next } }) => (next === undefined ? '—' : <TimeText at={next} />),
      },
    ];
  }, [triggers, isNarrow]);
}
