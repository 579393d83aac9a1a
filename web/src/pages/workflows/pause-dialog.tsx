import { pauseWorkflow } from 'penstock-client';
import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';

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
  return (
    <FormDialog
      title="Pause"
      act="Pause"
      request={pause}
      onSubmit={() => pause.mutate(reason.trim())}
      onClose={onClose}
    >
      <p>The event batch in flight is still delivered. The cursor stays where it is, and no record is lost.</p>
      <Field
        label="Reason"
        hint="Optional. Others read it on this page."
        value={reason}
        onChange={setReason}
        pointer="/reason"
        autoFocus
      />
    </FormDialog>
  );
}
