import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Run, RunSummary } from 'penstock-client';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { useCan } from '../../data/me.ts';
import { workflowsQuery } from '../../data/workflows.ts';
import { editPath } from '../workflows/edit-path.ts';
import { stepInUrl } from './step-in-url.ts';
import { useFailedItems } from './use-items.ts';

const OF_ACCOUNT = [
  'ERR_NEEDS_REAUTH',
  'ERR_NO_AUTHENTICATION',
  'ERR_AUTH_FAILED',
  'ERR_CREDENTIALS_MISSING',
  'ERR_HOST_NOT_ALLOWED',
  'ERR_HOST_MISSING',
  'ERR_HOST_INVALID',
];
const OF_INPUT = ['ERR_INPUT_INVALID', 'ERR_EXPRESSION'];

/** The one thing to do about a failed run, as a sentence and the link or button that does it. */
export function NextAction({ run }: { run: Run }) {
  const steps = run.steps ?? [];
  // Of a loop, the item that failed may be none of the first.
  const items = useFailedItems(run);
  const near = failedStep(steps);
  const failed = near ?? items.rows[0];
  const code = run.error?.code ?? '';
  if (failed !== undefined) {
    return (
      <Advice text={`Step ${failed.step} failed. Its error tells you why.`}>
        <Link
          to="/runs/$id"
          params={{ id: run.id }}
          search={{
            step: stepInUrl(steps, failed),
            tab: 'error',
            ...(near === undefined && { items: 'failed' }),
          }}
          className="button"
        >
          Open the step
        </Link>
        <ReplayButton run={run} />
      </Advice>
    );
  }
  if (OF_ACCOUNT.includes(code)) {
    return (
      <Advice text="Reconnect the account, then replay the run.">
        <AccountLink id={run.linked_account} />
        <ReplayButton run={run} />
      </Advice>
    );
  }
  if (code === 'ERR_OUTCOME_UNKNOWN') {
    return (
      <Advice text="Check the service. If the change was made, do nothing. If it was not, replay the run.">
        <ReplayButton run={run} />
      </Advice>
    );
  }
  if (OF_INPUT.includes(code) && run.step !== undefined) {
    return (
      <Advice
        text={`Correct the input of step ${run.step} in the workflow, then replay the run with the newest version.`}
      >
        <WorkflowLink workflow={run.workflow} step={run.step} />
        <ReplayButton run={run} />
      </Advice>
    );
  }
  if (OF_INPUT.includes(code)) {
    return (
      <Advice text="Correct the input, then replay the run.">
        <ReplayButton run={run} isEdited />
      </Advice>
    );
  }
  return (
    <Advice text="Resolve the cause, then replay the run.">
      <ReplayButton run={run} />
    </Advice>
  );
}

/** The step that failed; of a loop, the item. */
function failedStep(steps: readonly RunSummary[]): RunSummary | undefined {
  const failed = steps.filter(({ status, step }) => status === 'failed' && step !== undefined);
  return failed.find(({ item_index }) => item_index !== undefined) ?? failed[0];
}

function AccountLink({ id }: { id: string | undefined }) {
  if (id === undefined) {
    return (
      <Link to="/accounts" className="button">
        Open accounts
      </Link>
    );
  }
  return (
    <Link to="/accounts/$id" params={{ id }} search={{}} className="button">
      Open the account
    </Link>
  );
}

/** To the step in the builder; who may not edit reads the workflow. */
function WorkflowLink({ workflow, step }: { workflow: string | undefined; step: string }) {
  const { data: workflows } = useQuery(workflowsQuery);
  const canEdit = useCan('PUT /v1/workflows/{id}/draft');
  const id = workflows?.find((each) => each.id === workflow || each.name === workflow)?.id;
  if (id === undefined) return null;
  if (canEdit) {
    return (
      <Link to={editPath(id)} search={{ step, tab: 'input' } as object} className="button">
        Edit the step
      </Link>
    );
  }
  return (
    <Link to="/workflows/$id" params={{ id }} search={{}} className="button">
      Open the workflow
    </Link>
  );
}

/** A step is replayed within the run of its workflow. */
function ReplayButton({ run, isEdited = false }: { run: Run; isEdited?: boolean }) {
  const navigate = useNavigate();
  const canReplay = useCan('POST /v1/runs/{id}/replay');
  if (!canReplay || run.finished_at === undefined) return null;
  const search = run.parent === undefined ? {} : { what: 'step', step: run.step };
  const edit = isEdited && run.parent === undefined ? { input: 'edited' } : {};
  return (
    <Button
      onPress={() =>
        navigate({ to: '/runs/$id/replay', params: { id: run.parent ?? run.id }, search: { ...search, ...edit } })
      }
    >
      {isEdited && run.parent === undefined ? 'Edit the input and replay…' : 'Replay…'}
    </Button>
  );
}

function Advice({ text, children }: { text: string; children: ReactNode }) {
  return (
    <section className="stack" aria-label="Next">
      <p>
        <strong>Next: </strong>
        {text}
      </p>
      <div className="row">{children}</div>
    </section>
  );
}
