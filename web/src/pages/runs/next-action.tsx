import { Link, useNavigate } from '@tanstack/react-router';
import type { Run } from 'penstock-client';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { useCan } from '../../data/me.ts';

const OF_ACCOUNT = ['ERR_NEEDS_REAUTH', 'ERR_NO_AUTHENTICATION', 'ERR_AUTH_FAILED', 'ERR_HOST_NOT_ALLOWED'];
const OF_INPUT = ['ERR_INPUT_INVALID', 'ERR_EXPRESSION'];

/** The one thing to do about a failed run, as a sentence and a button. */
export function NextAction({ run }: { run: Run }) {
  const navigate = useNavigate();
  const canReplay = useCan('POST /v1/runs/{id}/replay') && run.finished_at !== undefined;
  const failed = run.steps?.find(({ status, step }) => status === 'failed' && step !== undefined);
  const code = failed?.error?.code ?? run.error?.code ?? '';
  const replay = (isEdited: boolean) => {
    if (!canReplay) return null;
    const search = run.parent === undefined ? {} : { what: 'step', step: run.step };
    const edit = isEdited && run.parent === undefined ? { input: 'edited' } : {};
    return (
      <Button
        onPress={() =>
          navigate({ to: '/runs/$id/replay', params: { id: run.parent ?? run.id }, search: { ...search, ...edit } })
        }
      >
        {isEdited && run.parent === undefined ? 'Edit the input and replay…' : 'Look at a replay…'}
      </Button>
    );
  };
  if (failed !== undefined) {
    return (
      <Advice text={`Step ${failed.step} failed. Its error says more.`}>
        <Link to="." search={(before) => ({ ...before, step: failed.step, tab: 'error' })} className="button">
          Open the step
        </Link>
        {replay(false)}
      </Advice>
    );
  }
  if (OF_ACCOUNT.includes(code)) {
    return (
      <Advice text="The account has to be connected again. Then replay the run.">
        <Link to="/accounts" className="button">
          Open the accounts
        </Link>
        {replay(false)}
      </Advice>
    );
  }
  if (code === 'ERR_OUTCOME_UNKNOWN') {
    return (
      <Advice text="Look at the service: if the effect is there, do nothing. If it is not, replay the run.">
        {replay(false)}
      </Advice>
    );
  }
  if (OF_INPUT.includes(code)) return <Advice text="Another input is needed.">{replay(true)}</Advice>;
  return <Advice text="When the cause is resolved, replay the run.">{replay(false)}</Advice>;
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
