import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type Backfill, cancelBackfill, listBackfills, type Workflow } from 'penstock-client';
import { useEffect } from 'react';
import { Button } from '../../../components/button.tsx';
import { countText } from '../../../components/count-text.ts';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';
import { useList } from '../../../data/list.ts';
import { useCan } from '../../../data/me.ts';
import { BackfillDialog } from './backfill-dialog.tsx';

const route = getRouteApi('/frame/workflows/$id');
const REFRESH_MS = 3_000;

interface BackfillsProps {
  workflow: Workflow;
  /** Where the cursor stands. */
  position: { value: string } | null;
}

/** Ranges of the source that are delivered once more, with their progress. */
export function Backfills({ workflow, position }: BackfillsProps) {
  const { id } = workflow;
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const canCreate = useCan('POST /v1/workflows/{id}/backfills');
  const canCancel = useCan('POST /v1/workflows/{id}/backfills/{backfill_id}/cancel');
  const key = ['workflow', id, 'backfills'];
  const { rows, hasMore, loadMore, query } = useList(key, (cursor, signal) =>
    ask(listBackfills({ path: { id }, query: { cursor }, signal })),
  );
  const isRunning = rows.some(({ status }) => status === 'running');
  const { refetch } = query;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => document.hidden || void refetch(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isRunning, refetch]);
  const cancel = useAct(
    (backfill_id: string, headers) => ask(cancelBackfill({ path: { id, backfill_id }, headers })),
    () => queries.invalidateQueries({ queryKey: key }),
  );
  const show = (name: 'backfill' | undefined) =>
    navigate({ to: '.', search: (before) => ({ ...before, dialog: name }), replace: name === undefined });
  return (
    <section className="section" aria-labelledby="backfills">
      <div className="section-head">
        <h2 id="backfills">Backfills</h2>
        {canCreate && <Button onPress={() => show('backfill')}>New backfill</Button>}
      </div>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {cancel.isError && <ErrorState error={cancel.error} />}
      {query.isSuccess && rows.length === 0 && (
        <p className="soft">
          None. A backfill delivers a range of the source once more beside the live sync, whose cursor stays.
        </p>
      )}
      <ul className="stack" aria-labelledby="backfills">
        {rows.map((backfill) => (
          <li key={backfill.id} className="card">
            <BackfillRow
              backfill={backfill}
              onCancel={canCancel && backfill.status === 'running' ? () => cancel.mutate(backfill.id) : undefined}
              isPending={cancel.isPending && cancel.variables === backfill.id}
            />
          </li>
        ))}
      </ul>
      {hasMore && (
        <div>
          <Button kind="quiet" onPress={loadMore}>
            Show more
          </Button>
        </div>
      )}
      {dialog === 'backfill' && canCreate && (
        <BackfillDialog id={id} until={position?.value} onClose={() => show(undefined)} />
      )}
    </section>
  );
}

interface RowProps {
  backfill: Backfill;
  onCancel: (() => void) | undefined;
  isPending: boolean;
}

function BackfillRow({ backfill, onCancel, isPending }: RowProps) {
  const { after, until, status, events, failures = 0, last_error: lastError } = backfill;
  return (
    <>
      <div className="section-head">
        <div className="row">
          <StatusBadge status={status} />
          <span className="soft">
            <TimeText at={backfill.created_at} />
          </span>
          {events !== undefined && <span>{countText(events, 'event')} delivered</span>}
        </div>
        {onCancel !== undefined && (
          <Button onPress={onCancel} isPending={isPending}>
            Cancel backfill
          </Button>
        )}
      </div>
      <p>
        After <code>{after ?? 'the beginning'}</code> until <code>{until}</code>
      </p>
      {failures > 0 && status === 'running' && (
        <p>
          <StatusBadge status="failing" word={`${countText(failures, 'failure')} in a row`} /> {lastError}
        </p>
      )}
    </>
  );
}
