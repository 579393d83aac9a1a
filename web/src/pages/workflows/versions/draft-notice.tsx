import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  deleteWorkflowDraft,
  getWorkflowDraft,
  publishWorkflowDraft,
  type Workflow,
  type WorkflowDraft,
} from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { Notice } from '../../../components/notice.tsx';
import { ErrorState } from '../../../components/states.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { useAct } from '../../../data/act.ts';
import { ApiError, ask } from '../../../data/api-error.ts';
import { useCan } from '../../../data/me.ts';
import { editPath } from '../edit-path.ts';

/** The draft of a workflow; null where there is none. */
export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: ['workflow', id, 'draft'],
    async queryFn({ signal }): Promise<WorkflowDraft | null> {
      try {
        return await ask(getWorkflowDraft({ path: { id }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

/** That somebody is changing the workflow: continue, publish or discard what they have. */
export function DraftNotice({ workflow, draft }: { workflow: Workflow; draft: WorkflowDraft | null | undefined }) {
  const { id } = workflow;
  const queries = useQueryClient();
  const canEdit = useCan('PUT /v1/workflows/{id}/draft', 'DELETE /v1/workflows/{id}/draft');
  const canPublish = useCan('POST /v1/workflows/{id}/draft/publish');
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['workflow'] }),
      queries.invalidateQueries({ queryKey: ['workflows'] }),
    ]);
  const publish = useAct(
    (etag: string, headers) =>
      ask(publishWorkflowDraft({ path: { id }, headers: { ...headers, 'If-Match': `"${etag}"` } })),
    changed,
  );
  const discard = useAct(
    (etag: string) => ask(deleteWorkflowDraft({ path: { id }, headers: { 'If-Match': `"${etag}"` } })),
    changed,
  );
  if (draft == null) return null;
  const isPending = publish.isPending || discard.isPending;
  const error = publish.error ?? discard.error;
  return (
    <section className="section" aria-label="Draft">
      <Notice state="running">
        <p>
          There is a draft, changed <TimeText at={draft.updated_at} /> by {draft.updated_by.name}. Nothing runs it until
          it is published.
        </p>
        <div className="row">
          {canEdit && (
            <Link to={editPath(id)} className="button">
              Continue editing
            </Link>
          )}
          {canPublish && (
            <Button isPending={isPending} onPress={() => publish.mutate(draft.etag)}>
              Publish the draft
            </Button>
          )}
          {canEdit && (
            <Button isPending={isPending} onPress={() => discard.mutate(draft.etag)}>
              Discard the draft
            </Button>
          )}
        </div>
      </Notice>
      {error !== null && <ErrorState error={error} />}
    </section>
  );
}
