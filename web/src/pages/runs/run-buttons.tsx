import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { approveRun, denyRun, type Run } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useKeys } from '../../frame/keys.ts';
import { Question, useApprovals } from './asked.tsx';
import { CancelDialog } from './cancel-dialog.tsx';

type Decision = 'approve' | 'deny';

/** What can be done with a run as it is now, by the rights of the person. */
export function RunButtons({ run }: { run: Run }) {
  const queries = useQueryClient();
  const [isCanceling, setIsCanceling] = useState(false);
  // The approval that was asked for when the dialog opened: somebody else may decide it meanwhile, and the next one may wait.
  const [deciding, setDeciding] = useState<{ id: string; decision: Decision }>();
  const isOpen = run.finished_at === undefined;
  const canCancel = useCan('POST /v1/runs/{id}/cancel') && isOpen && run.cancel_requested_at === undefined;
  const replay = useReplay(run);
  const waiting = useApprovals(run);
  const canDecide = useCan('POST /v1/runs/{id}/approve', 'POST /v1/runs/{id}/deny');
  const [asked] = waiting.length === 1 ? waiting : [];
  const close = () => {
    setIsCanceling(false);
    setDeciding(undefined);
    void queries.invalidateQueries({ queryKey: ['run', run.id] });
  };
  return (
    <>
      {canDecide && asked !== undefined && (
        <>
          <Button kind="primary" onPress={() => setDeciding({ id: asked.id, decision: 'approve' })}>
            Approve
          </Button>
          <Button onPress={() => setDeciding({ id: asked.id, decision: 'deny' })}>Deny</Button>
        </>
      )}
      {replay !== undefined && <Button onPress={replay}>Replay…</Button>}
      {canCancel && <Button onPress={() => setIsCanceling(true)}>Cancel</Button>}
      {isCanceling && <CancelDialog ids={[run.id]} onClose={close} />}
      {deciding !== undefined && <DecideDialog {...deciding} onClose={close} />}
    </>
  );
}

/** Opens the replay of the run, or of the run that it is a step of; undefined where there is none. */
function useReplay({ id, parent, step, finished_at: finishedAt }: Run): (() => void) | undefined {
  const navigate = useNavigate();
  const canReplay = useCan('POST /v1/runs/{id}/replay') && finishedAt !== undefined;
  const open = () =>
    void navigate({
      to: '/runs/$id/replay',
      params: { id: parent ?? id },
      search: parent === undefined ? {} : { what: 'step', step },
    });
  useKeys(canReplay ? [{ keys: 'r', label: 'Replay the run', run: open }] : []);
  return canReplay ? open : undefined;
}

/** Approves or denies, with a comment for the record. */
export function DecideDialog({ id, decision, onClose }: { id: string; decision: Decision; onClose: () => void }) {
  const [comment, setComment] = useState('');
  const word = decision === 'approve' ? 'Approve' : 'Deny';
  const decide = useAct((text: string, headers) => {
    const call = { path: { id }, body: text === '' ? {} : { comment: text }, headers };
    return ask(decision === 'approve' ? approveRun(call) : denyRun(call));
  }, onClose);
  return (
    <FormDialog
      title={word}
      act={word}
      dismiss="Close"
      request={decide}
      onSubmit={() => decide.mutate(comment.trim())}
      onClose={onClose}
    >
      <p>
        <Question id={id} />
      </p>
      <Field
        label="Comment"
        hint="Optional. It is kept with the decision."
        pointer="/comment"
        value={comment}
        onChange={setComment}
        isLong
        autoFocus
      />
    </FormDialog>
  );
}
