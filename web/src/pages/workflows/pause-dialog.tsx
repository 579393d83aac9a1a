import { pauseWorkflow } from 'penstock-client';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask, errorAt } from '../../data/api-error.ts';

interface PauseProps {
  id: string;
  onClose: () => void;
  onDone: () => unknown;
}

/** Stops the polls of a trigger until a person resumes it. */
export function PauseDialog({ id, onClose, onDone }: PauseProps) {
  const [reason, setReason] = useState('');
  const pause = useAct(
    (text: string, headers) => ask(pauseWorkflow({ path: { id }, body: text === '' ? {} : { reason: text }, headers })),
    onDone,
  );
  const wrong = errorAt(pause.error, '/reason');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pause.mutate(reason.trim());
  };
  return (
    <Dialog title="Pause" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>The event batch in flight is still delivered. The cursor stays where it is, and no record is lost.</p>
        <Field
          label="Reason"
          hint="Optional. Others read it on this page."
          value={reason}
          onChange={setReason}
          error={wrong}
          autoFocus
        />
        {pause.isError && wrong === undefined && <ErrorState error={pause.error} />}
        <div className="dialog-actions">
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" type="submit" isPending={pause.isPending}>
            Pause
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
