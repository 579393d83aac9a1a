import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { deleteWorkflow, type Workflow, type WorkflowDeletion } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { countText } from '../../../components/count-text.ts';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';
import { useCan } from '../../../data/me.ts';

const route = getRouteApi('/frame/workflows/$id');

/** Deletes a workflow, after saying what stops working. */
export function DeleteWorkflow({ workflow }: { workflow: Workflow }) {
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const canDelete = useCan('DELETE /v1/workflows/{id}');
  if (!canDelete) return null;
  const show = (name: 'delete' | undefined) =>
    navigate({ to: '.', search: (before) => ({ ...before, dialog: name }), replace: name === undefined });
  return (
    <section className="section" aria-labelledby="delete">
      <div className="section-head">
        <h2 id="delete">Delete</h2>
      </div>
      <div>
        <Button onPress={() => show('delete')}>Delete workflow…</Button>
      </div>
      {dialog === 'delete' && <DeleteDialog workflow={workflow} onClose={() => show(undefined)} />}
    </section>
  );
}

function DeleteDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const { id, name } = workflow;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const preview = useQuery({
    queryKey: ['workflow', id, 'deletion'],
    queryFn: ({ signal }) =>
      ask(deleteWorkflow({ path: { id }, query: { dry_run: true }, signal })) as Promise<WorkflowDeletion>,
    staleTime: 0,
  });
  const remove = useAct(
    (_: 'now') => ask(deleteWorkflow({ path: { id } })),
    async () => {
      await navigate({ to: '/workflows' });
      queries.removeQueries({ queryKey: ['workflow'] });
      await queries.invalidateQueries({ queryKey: ['workflows'] });
    },
  );
  return (
    <Dialog
      title="Delete the workflow"
      onClose={remove.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={remove.isPending}>
            Keep it
          </Button>
          <Button
            kind="primary"
            isPending={remove.isPending}
            isDisabled={typed !== name || !preview.isSuccess}
            onPress={() => remove.mutate('now')}
          >
            Delete
          </Button>
        </>
      }
    >
      {preview.isPending && <Skeleton lines={3} />}
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {preview.data && <Consequences deletion={preview.data} />}
      <Field
        label="Type the name to confirm"
        hint={name}
        value={typed}
        onChange={setTyped}
        autoComplete="off"
        spellCheck="false"
      />
      {remove.isError && <ErrorState error={remove.error} />}
    </Dialog>
  );
}

function Consequences({ deletion }: { deletion: WorkflowDeletion }) {
  const { open_runs: open, delivered, has_url: hasUrl, workflows } = deletion;
  return (
    <ul className="stack bullets" aria-label="What stops working">
      <li>Its trigger, its versions, its draft and its cursor are deleted. Its runs are kept.</li>
      {open > 0 && <li>{countText(open, 'unfinished run')} would fail at the next step.</li>}
      {delivered > 0 && (
        <li>
          {countText(delivered, 'event')} delivered so far are forgotten: a new workflow of the same source delivers
          them again.
        </li>
      )}
      {hasUrl && <li>Its URL for incoming webhooks stops working.</li>}
      {workflows.map(({ id, name }) => (
        <li key={id}>
          The workflow{' '}
          <Link to="/workflows/$id" params={{ id }} search={{}}>
            {name}
          </Link>{' '}
          runs it as a step and would fail.
        </li>
      ))}
    </ul>
  );
}
