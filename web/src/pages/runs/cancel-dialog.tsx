import { useQueryClient } from '@tanstack/react-query';
import { cancelRun } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { ApiError, ask } from '../../data/api-error.ts';

/** Cancels runs one after the other, says how far it is, and keeps those that refused. */
export function CancelDialog({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) {
  const queries = useQueryClient();
  const [done, setDone] = useState(0);
  const [isPending, setPending] = useState(false);
  const [refusals, setRefusals] = useState<readonly string[]>();
  const runs = `${ids.length.toLocaleString()} ${ids.length === 1 ? 'run' : 'runs'}`;
  const cancel = async () => {
    setPending(true);
    const refused: string[] = [];
    for (const id of ids) {
      try {
        await ask(cancelRun({ path: { id } }));
      } catch (error) {
        refused.push(`${id}: ${error instanceof ApiError ? error.problem.detail : String(error)}`);
      }
      setDone((before) => before + 1);
    }
    setPending(false);
    await queries.invalidateQueries({ queryKey: ['runs'] });
    if (refused.length === 0) onClose();
    else setRefusals(refused);
  };
  return (
    <Dialog
      title={`Cancel ${runs}`}
      onClose={isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={isPending}>
            {refusals === undefined ? 'Keep running' : 'Close'}
          </Button>
          {refusals === undefined && (
            <Button kind="primary" onPress={cancel} isPending={isPending}>
              {isPending ? `${done} of ${ids.length}` : `Cancel ${runs}`}
            </Button>
          )}
        </>
      }
    >
      {refusals === undefined ? (
        <p>
          Each is canceled here and at the service. Effects that the service has performed already are not undone. Runs
          that have ended do not change.
        </p>
      ) : (
        <Notice state="failed">
          <ul>
            {refusals.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Notice>
      )}
    </Dialog>
  );
}
