import { useQuery } from '@tanstack/react-query';
import {
  type BulkReplay,
  type BulkReplayPreview,
  createBulkReplay,
  getBulkReplay,
  type Workflow,
} from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { countText } from '../../../components/count-text.ts';
import { Dialog } from '../../../components/dialog.tsx';
import { Notice } from '../../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';

const REFRESH_MS = 1_000;

/** Delivers every dead-lettered event batch of a workflow once more, as one bulk replay of exactly what was shown. */
export function RedeliverAllDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const body = { filter: { workflow: workflow.id, dead_letter: true as const }, from: 'failed' as const };
  const preview = useQuery({
    queryKey: ['runs', 'dead-letters', workflow.id, 'preview'],
    queryFn: ({ signal }) => ask(createBulkReplay({ body, signal })) as Promise<BulkReplayPreview>,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const start = useAct(
    (confirm: string, headers) => ask(createBulkReplay({ body: { ...body, confirm }, headers })) as Promise<BulkReplay>,
  );
  const isStarted = start.data !== undefined;
  return (
    <Dialog
      title="Redeliver all"
      isWide
      onClose={start.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={start.isPending}>
            Close
          </Button>
          {preview.data && preview.data.total > 0 && !isStarted && (
            <Button kind="primary" isPending={start.isPending} onPress={() => start.mutate(preview.data.confirm)}>
              Redeliver {countText(preview.data.total, 'event batch', 'event batches')}
            </Button>
          )}
        </>
      }
    >
      {preview.isPending && <Skeleton />}
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {preview.data && !isStarted && <Outside preview={preview.data} />}
      {start.isError && <ErrorState error={start.error} />}
      {isStarted && <Progress id={start.data.id} />}
    </Dialog>
  );
}

function Outside({ preview: { total, effects, refused } }: { preview: BulkReplayPreview }) {
  const repeats = effects.token + effects.once;
  return (
    <section className="stack" aria-label="What happens outside">
      <p>{countText(total, 'event batch', 'event batches')} are delivered once more, from the steps that failed.</p>
      {repeats > 0 ? (
        <Notice state="failed">
          {countText(repeats, 'effect')} that happened, or may have happened, would happen a second time.
        </Notice>
      ) : (
        <Notice state="succeeded">No effect happens a second time.</Notice>
      )}
      {refused.count > 0 && (
        <Notice state="waiting">
          {countText(refused.count, 'event batch', 'event batches')} cannot be replayed now:{' '}
          {refused.reasons[0]?.message}
        </Notice>
      )}
    </section>
  );
}

function Progress({ id }: { id: string }) {
  const replay = useQuery({
    queryKey: ['replay', id],
    queryFn: ({ signal }) => ask(getBulkReplay({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? REFRESH_MS : false),
  });
  if (replay.isError) return <ErrorState error={replay.error} onRetry={() => replay.refetch()} />;
  if (replay.isPending) return <Skeleton lines={1} />;
  const { status, total, replayed, refused, refusals = [] } = replay.data;
  return (
    <div className="stack" role="status">
      <div className="row">
        <StatusBadge status={status} />
        <span>
          {replayed.toLocaleString()} of {total.toLocaleString()} started
          {refused > 0 ? `, ${refused.toLocaleString()} refused` : ''}
        </span>
      </div>
      {refusals[0] !== undefined && <Notice state="failed">{refusals[0].message}</Notice>}
      <p className="soft">The runs deliver one after the other. A batch leaves the list when its run has succeeded.</p>
    </div>
  );
}
