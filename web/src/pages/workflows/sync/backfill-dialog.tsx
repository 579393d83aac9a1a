import { useQueryClient } from '@tanstack/react-query';
import { createBackfill } from 'penstock-client';
import { useState } from 'react';
import { Field } from '../../../components/field.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';

interface BackfillProps {
  id: string;
  /** Where the cursor stands: what is before it was delivered. */
  until: string | undefined;
  onClose: () => void;
}

/** Starts a backfill of a range of the cursor column. */
export function BackfillDialog({ id, until: current, onClose }: BackfillProps) {
  const queries = useQueryClient();
  const [after, setAfter] = useState('');
  const [until, setUntil] = useState(current ?? '');
  const create = useAct(
    (body: { after?: string; until: string }, headers) => ask(createBackfill({ path: { id }, body, headers })),
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow', id, 'backfills'] });
      onClose();
    },
  );
  const submit = () => create.mutate({ until: until.trim(), ...(after.trim() === '' ? {} : { after: after.trim() }) });
  return (
    <FormDialog
      title="New backfill"
      act="Start backfill"
      request={create}
      onSubmit={submit}
      onClose={onClose}
      isDisabled={until.trim() === ''}
    >
      <p>
        The rows of this range are delivered once more. Each event keeps its id, so that webhook endpoints can ignore
        what they know; steps run for all of them.
      </p>
      <Field
        label="After"
        hint="A value of the cursor column. Without it, the range starts at the first row."
        value={after}
        onChange={setAfter}
        pointer="/after"
        autoFocus
        spellCheck="false"
      />
      <Field
        label="Until"
        hint={`Included.${current === undefined ? '' : ' The cursor stands here.'}`}
        value={until}
        onChange={setUntil}
        pointer="/until"
        isRequired
        spellCheck="false"
      />
    </FormDialog>
  );
}
