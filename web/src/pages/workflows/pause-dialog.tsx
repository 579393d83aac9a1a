import { pauseWorkflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';

const FORM = 'pause-workflow';

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
    <Dialog
      title="Pause"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" type="submit" form={FORM} isPending={pause.isPending}>
            Pause
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={() => pause.mutate(reason.trim())} error={pause.error}>
        <p>The event batch in flight is still delivered. The cursor stays where it is, and no record is lost.</p>
        <Field
          label="Reason"
          hint="Optional. Others read it on this page."
          value={reason}
          onChange={setReason}
          pointer="/reason"
          autoFocus
        />
      </Form>
    </Dialog>
  );
}
