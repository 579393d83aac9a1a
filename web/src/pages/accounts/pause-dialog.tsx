import { useQueryClient } from '@tanstack/react-query';
import { type LinkedAccount, pauseLinkedAccount } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { invalidateAccount } from './account-changes.ts';

const FORM = 'pause-account';

/** Pauses an account: nothing is lost, everything waits. */
export function PauseDialog({ account, onClose }: { account: LinkedAccount; onClose: () => void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const pause = useAct(
    (text: string, headers) =>
      ask(pauseLinkedAccount({ path: { id: account.id }, body: text === '' ? {} : { reason: text }, headers })),
    async () => {
      onClose();
      await invalidateAccount(queries);
    },
  );
  return (
    <Dialog
      title={`Pause ${account.name}`}
      onClose={pause.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={FORM} isPending={pause.isPending}>
            Pause
          </Button>
        </>
      }
    >
      <p>Triggers do not poll and runs wait until the account is resumed. Requests that are sent already continue.</p>
      <Form id={FORM} onSubmit={() => pause.mutate(reason.trim())} error={pause.error}>
        <Field
          label="Reason (optional)"
          hint="Shown to everybody who sees the account."
          value={reason}
          onChange={setReason}
          pointer="/reason"
          autoFocus
        />
      </Form>
    </Dialog>
  );
}
