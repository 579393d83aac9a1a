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
import { RunCauses } from './causes.tsx';
import { RunFilters } from './filters.tsx';
import { RunHistogram } from './histogram.tsx';
import { filterOf } from './run-filter.ts';
import { useRunName } from './run-name.tsx';
import { useRuns } from './use-runs.ts';

const route = getRouteApi('/frame/runs');

/** So many ids can be named in one replay, and in an address. */
const MAX_SELECTED = 500;

/** Every run, newest first, narrowed by what the URL says. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { list, newCount, showNew } = useRuns(filterOf(search));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = useState(false);
  const [isCanceling, setCanceling] = useState(false);
  const canReplay = useCan('POST /v1/runs/{id}/replay');
  const canReplayMany = useCan('POST /v1/runs/replay');
  const canCancel = useCan('POST /v1/runs/{id}/cancel');
  const focus = useGridFocus<RunSummary>();
  const columns = useColumns();
  const chosen = [...selected].filter((id) => list.rows.some((row) => row.id === id));
  const select = (next: ReadonlySet<string>) => {
    setAll(false);
    setSelected(next);
  };
  const toggle = (id: string) =>
    select(new Set(selected.has(id) ? [...selected].filter((each) => each !== id) : [...selected, id]));
  const hasFilter = Object.keys(filterOf(search)).length > 0;
  // A filter of the list that is no filter would replay everything there is.
  const canSelectAll = canReplayMany && hasFilter && chosen.length > 0 && chosen.length === list.rows.length;
  const replaySelected = () =>
    navigate({
      to: '/replays/new',
      search: isAll ? search : { account: search.account, runs: chosen.join(',') },
    });
  const canReplayChosen = canReplayMany && chosen.length > 0 && (isAll || chosen.length <= MAX_SELECTED);
  const replay = () => {
    if (canReplayChosen) return replaySelected();
    const row = focus.current?.row;
    if (canReplay && chosen.length === 0 && row?.finished_at !== undefined)
      return navigate({ to: '/runs/$id/replay', params: { id: row.id }, search: {} });
    return undefined;
  };
  const open = (id: string) => navigate({ to: '/runs/$id', params: { id } });
  useKeys([
    { keys: 'j', label: 'Next run', run: () => focus.current?.move(1) },
    { keys: 'k', label: 'Previous run', run: () => focus.current?.move(-1) },
    { keys: 'Enter', label: 'Open the run', run: () => focus.current?.row && open(focus.current.row.id) },
    { keys: 'x', label: 'Select the run', run: () => focus.current?.row && toggle(focus.current.row.id) },
    { keys: 'f', label: 'Filter', run: focusFilters },
    { keys: 'r', label: 'Replay the run, or the selected runs', run: () => void replay() },
    {
      keys: 'c',
      label: 'Cancel the selected runs',
      run: () => canCancel && chosen.length > 0 && !isAll && setCanceling(true),
    },
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
              <span className="soft">
                {isAll ? `All ${countOf(list)}that match` : `${chosen.length.toLocaleString()} selected`}
              </span>
              {canSelectAll && !isAll && (
                <Button kind="quiet" onPress={() => setAll(true)}>
                  All {countOf(list)}that match
                </Button>
              )}
              <Button kind="quiet" onPress={() => select(new Set())}>
                Clear
              </Button>
            </>
          )}
          {canReplayChosen && <Button onPress={replaySelected}>Replay…</Button>}
          {canCancel && chosen.length > 0 && !isAll && <Button onPress={() => setCanceling(true)}>Cancel…</Button>}
        </>
      }
    >
      <RunFilters />
      <RunHistogram search={search} />
      {search.group === 'error' ? (
        <RunCauses search={search} />
      ) : (
        <ListGrid
          label="Runs"
          list={list}
          rowKey={({ id }) => id}
          columns={columns}
          focus={focus}
          selected={selected}
          onSelect={select}
          onOpen={({ id }) => open(id)}
          empty={
            Object.keys(search).length > 0 ? (
              <EmptyState title="No run matches these filters" />
            ) : (
              <EmptyState
                title="No runs yet"
                actions={
                  <Link to="/connectors" className="button" data-kind="primary">
                    Choose an action to run
                  </Link>
                }
              >
                A run is one execution of an action or a workflow.
              </EmptyState>
            )
          }
        />
      )}
      {isCanceling && <CancelDialog ids={chosen} onClose={() => setCanceling(false)} />}
    </Page>
  );
}

/** How many runs match, where all of them are loaded. */
function countOf({ rows, hasMore }: { rows: readonly unknown[]; hasMore: boolean }): string {
  return hasMore ? '' : `${rows.length.toLocaleString()} `;
}

function focusFilters(): void {
  document.querySelector<HTMLElement>('[role="toolbar"][aria-label="Filters"] button')?.focus();
}

function useColumns(): readonly Column<RunSummary>[] {
  const nameOf = useRunName();
  const { data: accounts } = useQuery(accountsQuery);
  return useMemo(
    () => [
      { id: 'status', header: 'Status', width: '10rem', cell: (run) => <StatusBadge status={runStatus(run)} /> },
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
