import type { Action } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { EFFECTS } from './effect.tsx';

interface RunDialogProps {
  action: Action;
  account: string | undefined;
  onRun(): void;
  onClose(): void;
}

/** Whether a person is asked first: what it does cannot be taken back, or can happen twice. */
export function mustAsk({ effect, destructive }: Pick<Action, 'effect' | 'destructive'>): boolean {
  return destructive || effect === 'once';
}

/** Says what an action does outside, before it does it. */
export function RunDialog({ action, account, onRun, onClose }: RunDialogProps) {
  const { title, effect, destructive, request, description } = action;
  return (
    <Dialog
      title={`Run ${title}?`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Keep editing</Button>
          <Button kind="primary" onPress={onRun}>
            Run
          </Button>
        </>
      }
    >
      <p>{description}</p>
      <Notice state="waiting">
        {destructive && <p>It can delete, reset or overwrite what was there before. Penstock cannot undo it.</p>}
        <p>{EFFECTS[effect].text}</p>
      </Notice>
      <dl className="facts">
        {account !== undefined && (
          <>
            <dt>With the account</dt>
            <dd>{account}</dd>
          </>
        )}
        {request !== undefined && (
          <>
            <dt>Sends</dt>
            <dd>
              <code>
                {request.method} {request.path}
              </code>
            </dd>
          </>
        )}
      </dl>
    </Dialog>
  );
}
