import { useQueryClient } from '@tanstack/react-query';
import { type LinkedAccount, pauseLinkedAccount } from 'penstock-client';
import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { invalidateAccount } from './account-changes.ts';

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
    <FormDialog
      title={`Pause ${account.name}`}
      act="Pause"
      request={pause}
      onSubmit={() => pause.mutate(reason.trim())}
      onClose={onClose}
    >
      <p>Triggers do not poll and runs wait until the account is resumed. Requests that are sent already continue.</p>
      <Field
        label="Reason (optional)"
        hint="Shown to everybody who sees the account."
        value={reason}
        onChange={setReason}
        pointer="/reason"
        autoFocus
      />
    </FormDialog>
  );
}
