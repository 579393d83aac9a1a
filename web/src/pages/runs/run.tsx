import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { getRun, type Run, type RunSummary } from 'penstock-client';
import { useMemo } from 'react';
import { CopyId } from '../../components/copy-id.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { toServerTime } from '../../data/clock.ts';
import { Asked } from './asked.tsx';
import { ItemsBar, MoreItems } from './items-bar.tsx';
import { ReplayChain } from './replay-chain.tsx';
import { RunButtons } from './run-buttons.tsx';
import { useRunName } from './run-name.tsx';
import { RunTabs } from './run-tabs.tsx';
import { stepInUrl } from './step-in-url.ts';
import { useFailedItems, useSteps } from './use-items.ts';
import { Waterfall } from './waterfall.tsx';

const route = getRouteApi('/frame/runs/$id');
const POLL_MS = 2000;
const FAILED = 'failed';

/** One run: its steps, when each did what, and what went in and came out. It is read again until it has ended. */
export function RunPage() {
  const { id } = route.useParams();
  const run = useRun(id);
  if (run.isError) {
    return (
      <Page title="Run">
        <ErrorState error={run.error} onRetry={() => run.refetch()} />
      </Page>
    );
  }
  if (run.isPending) return <Skeleton lines={8} />;
  return <RunView key={id} run={run.data} now={toServerTime(run.dataUpdatedAt)} />;
}

function RunView({ run, now }: { run: Run; now: number }) {
  const { id, loop } = run;
  const nameOf = useRunName();
  const { step, items: asked } = route.useSearch();
  const navigate = useNavigate();
  const isFailedOnly = loop !== undefined && asked === FAILED;
  const all = useSteps(run);
  const failed = useFailedItems(run, isFailedOnly);
  const shown = isFailedOnly ? failed : all;
  const runs = useMemo(() => [run, ...shown.rows], [run, shown.rows]);
  const chosen = chosenId(run, shown.rows, step);
  const title = nameOf(run);
  const select = (each: RunSummary) =>
    navigate({
      resetScroll: false,
      to: '.',
      replace: true,
      search: (before) => ({ ...before, step: each.id === id ? undefined : stepInUrl(shown.rows, each) }),
    });
  return (
    <Page title={title} beside={<StatusBadge status={runStatus(run)} />} actions={<RunButtons run={run} />}>
      <RunFacts run={run} />
      <Asked run={run} />
      <ReplayChain run={run} />
      {loop !== undefined && (
        <ItemsBar
          run={run}
          items={all}
          failed={failed}
          isFailedOnly={isFailedOnly}
          onFailedOnly={(next) =>
            navigate({
              resetScroll: false,
              to: '.',
              replace: true,
              search: (before) => ({ ...before, items: next ? FAILED : undefined }),
            })
          }
        />
      )}
      <Waterfall
        runs={runs}
        total={isFailedOnly ? undefined : loop?.items}
        hasMore={shown.hasMore && shown.error === undefined}
        onEnd={shown.loadMore}
        nameOf={(each) => (each.id === id ? title : stepName(each))}
        selected={chosen ?? id}
        onSelect={select}
        now={now}
      />
      <MoreItems items={shown} total={isFailedOnly ? undefined : loop?.items} />
      {chosen === undefined ? <RunTabs run={run} /> : <StepTabs id={chosen} />}
    </Page>
  );
}

/** The run of the step that the URL names. An item of a loop has a run of its own, whether it is among those that are read or not. */
function chosenId({ id, loop }: Run, rows: readonly RunSummary[], step: string | undefined): string | undefined {
  const found = rows.find((each) => each.id === step || each.step === step)?.id;
  return found ?? (loop !== undefined && step?.startsWith(`${id}.`) ? step : undefined);
}

function useRun(id: string) {
  return useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
}

/** A step is a run of its own, with launches, input and output. */
function StepTabs({ id }: { id: string }) {
  const run = useRun(id);
  if (run.isError) return <ErrorState error={run.error} onRetry={() => run.refetch()} />;
  if (run.isPending) return <Skeleton />;
  return (
    <section className="stack" aria-label="Step">
      <div className="row">
        <h2>{stepName(run.data)}</h2>
        <StatusBadge status={runStatus(run.data)} />
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open as a run
        </Link>
      </div>
      <RunTabs run={run.data} />
    </section>
  );
}

function RunFacts({ run }: { run: Run }) {
  const { data: accounts } = useQuery(accountsQuery);
  return (
    <div className="row soft">
      <CopyId value={run.id} />
      <span>
        Created <TimeText at={run.created_at} form="whole" />
      </span>
      {run.linked_account !== undefined && (
        <span>Account {accounts?.find(({ id }) => id === run.linked_account)?.name ?? run.linked_account}</span>
      )}
      {run.workflow_version !== undefined && <span>Version {run.workflow_version}</span>}
      <RunLink id={run.parent} text="Part of" />
      <RunLink id={run.replay_of} text="Replay of" />
      <RunLink id={run.replayed_by} text="Replayed by" />
    </div>
  );
}

function RunLink({ id, text }: { id: string | undefined; text: string }) {
  if (id === undefined) return null;
  return (
    <Link to="/runs/$id" params={{ id }} search={{}}>
      {text} {id}
    </Link>
  );
}

function stepName({ step, item_index, action, id }: Pick<RunSummary, 'step' | 'item_index' | 'action' | 'id'>): string {
  return item_index === undefined ? (step ?? action ?? id) : `Item ${(item_index + 1).toLocaleString()}`;
}
