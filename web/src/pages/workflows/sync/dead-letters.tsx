import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { discardRun, listRuns, type RunSummary, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';
import { useList } from '../../../data/list.ts';
import { useCan } from '../../../data/me.ts';
import { RedeliverAllDialog } from './redeliver-all-dialog.tsx';
import { RedeliverDialog } from './redeliver-dialog.tsx';

const route = getRouteApi('/frame/workflows/$id');

/** Event batches that were given up after too many failures: deliver them once more, or discard them. */
export function DeadLetters({ workflow }: { workflow: Workflow }) {
  const { id } = workflow;
  const { dialog, run } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [discarding, setDiscarding] = useState<RunSummary>();
  const canReplay = useCan('POST /v1/runs/{id}/replay');
  const canReplayAll = useCan('POST /v1/runs/replay');
  const canDiscard = useCan('POST /v1/runs/{id}/discard');
  const { rows, hasMore, loadMore, query } = useList(['runs', 'dead-letters', id], (cursor, signal) =>
    ask(listRuns({ query: { workflow: id, dead_letter: true, cursor }, signal })),
  );
  const show = (name: 'redeliver' | 'redeliver-all' | undefined, of?: string) =>
    navigate({
      to: '.',
      search: (before) => ({ ...before, dialog: name, run: of }),
      replace: name === undefined,
    });
  const reload = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['runs', 'dead-letters', id] }),
      queries.invalidateQueries({ queryKey: ['workflow'] }),
    ]);
  const after = (trigger: Workflow['trigger']) => (trigger as { dead_letter_after?: number }).dead_letter_after;
  const close = () => {
    void reload();
    void show(undefined);
  };
  return (
    <section className="section" aria-labelledby="dead-letters">
      <div className="section-head">
        <h2 id="dead-letters">Dead letters</h2>
        {canReplayAll && rows.length > 1 && <Button onPress={() => show('redeliver-all')}>Redeliver all…</Button>}
      </div>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && rows.length === 0 && !hasMore && (
        <p className="soft">
          {after(workflow.trigger) === undefined
            ? 'None, and there will be none: the cursor waits until an event batch is delivered. Set "dead_letter_after" of the trigger to continue after some failures.'
            : `None. After ${after(workflow.trigger)} failures in a row, an event batch is dead-lettered here and the cursor moves on.`}
        </p>
      )}
      <ul className="stack" aria-labelledby="dead-letters">
        {rows.map((letter) => (
          <li key={letter.id} className="card">
            <div className="section-head">
              <div className="row">
                <Link to="/runs/$id" params={{ id: letter.id }} className="mono">
                  {letter.id}
                </Link>
                <span className="soft">
                  <TimeText at={letter.created_at} />
                </span>
                {letter.replayed_by !== undefined && (
                  <Link to="/runs/$id" params={{ id: letter.replayed_by }}>
                    Redelivery
                  </Link>
                )}
              </div>
              <div className="row">
                {canDiscard && (
                  <Button kind="quiet" onPress={() => setDiscarding(letter)}>
                    Discard…
                  </Button>
                )}
                {canReplay && <Button onPress={() => show('redeliver', letter.id)}>Redeliver…</Button>}
              </div>
            </div>
            {letter.error !== undefined && (
              <p>
                <code>{letter.error.code}</code> {letter.error.message}
              </p>
            )}
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
      {discarding !== undefined && (
        <DiscardDialog
          run={discarding}
          onClose={() => {
            setDiscarding(undefined);
            void reload();
          }}
        />
      )}
      {dialog === 'redeliver' && run !== undefined && canReplay && <RedeliverDialog run={run} onClose={close} />}
      {dialog === 'redeliver-all' && canReplayAll && <RedeliverAllDialog workflow={workflow} onClose={close} />}
    </section>
  );
}

function DiscardDialog({ run, onClose }: { run: RunSummary; onClose: () => void }) {
  const discard = useAct((id: string, headers) => ask(discardRun({ path: { id }, headers })), onClose);
  return (
    <Dialog
      title="Discard the event batch"
      onClose={discard.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={discard.isPending}>
            Keep it
          </Button>
          <Button kind="primary" isPending={discard.isPending} onPress={() => discard.mutate(run.id)}>
            Discard
          </Button>
        </>
      }
    >
      <p>
        Its events are not delivered, and the trigger no longer counts it. The run {run.id} is kept as long as others: a
        replay of it still delivers them.
      </p>
      {discard.isError && <ErrorState error={discard.error} />}
    </Dialog>
  );
}
