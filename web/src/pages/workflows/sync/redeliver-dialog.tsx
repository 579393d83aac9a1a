import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReplayPreview, type Run, replayRun } from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { countText } from '../../../components/count-text.ts';
import { Dialog } from '../../../components/dialog.tsx';
import { Notice } from '../../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';

/** Steps that succeeded keep their outputs: only what failed is done once more. */
const FAILED = { from: 'failed' } as const;

/** Delivers one event batch once more: first what that does outside, then the replay of exactly that. */
export function RedeliverDialog({ run, onClose }: { run: string; onClose: () => void }) {
  const navigate = useNavigate();
  const preview = useQuery({
    queryKey: ['run', run, 'redelivery'],
    queryFn: ({ signal }) =>
      ask(replayRun({ path: { id: run }, body: { ...FAILED, dry_run: true }, signal })) as Promise<ReplayPreview>,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const replay = useAct(
    (confirm: string, headers) =>
      ask(replayRun({ path: { id: run }, body: { ...FAILED, confirm }, headers })) as Promise<Run>,
    ({ id }) => navigate({ to: '/runs/$id', params: { id } }),
  );
  return (
    <Dialog
      title="Redeliver"
      isWide
      onClose={replay.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={replay.isPending}>
            Close
          </Button>
          {replay.isError ? (
            <Button
              kind="primary"
              onPress={() => {
                replay.reset();
                void preview.refetch();
              }}
            >
              Look again
            </Button>
          ) : (
            preview.data && (
              <Button kind="primary" isPending={replay.isPending} onPress={() => replay.mutate(preview.data.confirm)}>
                Redeliver
              </Button>
            )
          )}
        </>
      }
    >
      {preview.isPending && <Skeleton />}
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {preview.data && <Outside preview={preview.data} />}
      {replay.isError && <ErrorState error={replay.error} />}
    </Dialog>
  );
}

function Outside({ preview }: { preview: ReplayPreview }) {
  const { steps, repeats, replayed_by: replayedBy } = preview;
  return (
    <section className="stack" aria-label="What happens outside">
      {replayedBy !== undefined && <Notice state="waiting">It was already redelivered by the run {replayedBy}.</Notice>}
      {repeats > 0 ? (
        <Notice state="failed">
          {countText(repeats, 'effect')} that happened, or may have happened, would happen a second time.
        </Notice>
      ) : (
        <Notice state="succeeded">No effect happens a second time.</Notice>
      )}
      <ul className="stack">
        {steps.map(({ step, action, what, repeats: again }) => (
          <li key={step ?? action}>
            <strong>{step ?? action}</strong> <span className="soft">{action}</span>:{' '}
            {what === 'reuse' ? 'keeps its output' : 'runs again'}
            {again > 0 ? `, ${countText(again, 'repeated effect')}` : ''}
          </li>
        ))}
      </ul>
    </section>
  );
}
