import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { getWorkflowVersion, saveWorkflowDraft, type Workflow, type WorkflowDraft } from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Notice } from '../../../components/notice.tsx';
import { ErrorState } from '../../../components/states.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';

interface RestoreProps {
  workflow: Workflow;
  version: number;
  /** The draft that it replaces, as the person saw it. */
  draft: WorkflowDraft | undefined;
  onClose: () => void;
}

/** Makes a draft of an earlier version. A draft that somebody saved meanwhile is not overwritten. */
export function RestoreDialog({ workflow, version: number, draft, onClose }: RestoreProps) {
  const { id } = workflow;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const restore = useAct(
    async (etag: string | undefined) => {
      const {
        version: _version,
        status: _status,
        ...definition
      } = await ask(getWorkflowVersion({ path: { id, version: String(number) } }));
      const headers = etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': `"${etag}"` };
      return ask(saveWorkflowDraft({ path: { id }, body: definition, headers }));
    },
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow', id, 'draft'] });
      onClose();
      await navigate({ to: '.', search: (before) => ({ ...before, version: undefined, against: undefined }) });
    },
  );
  return (
    <Dialog
      title={`Restore version ${number}`}
      onClose={restore.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={restore.isPending}>
            Close
          </Button>
          <Button kind="primary" isPending={restore.isPending} onPress={() => restore.mutate(draft?.etag)}>
            Restore as a draft
          </Button>
        </>
      }
    >
      <p>It becomes the draft, which you can change before you publish it. Until then nothing runs it.</p>
      {draft !== undefined && (
        <Notice state="waiting">The draft of {draft.updated_by.name} is replaced and cannot be brought back.</Notice>
      )}
      <p className="soft">
        Secrets in the inputs of steps are kept where the input did not change since; others must be typed again.
      </p>
      {restore.isError && <ErrorState error={restore.error} />}
    </Dialog>
  );
}
