import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TriggerHealth, Workflow } from 'penstock-client';
import { countText } from '../../components/count-text.ts';
import { Notice } from '../../components/notice.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';

/** Why records wait, and what to do about it. */
export function TriggerNotices({ workflow, health }: { workflow: Workflow; health: TriggerHealth }) {
  const { cursor, state, waiting_run: waiting, dead_letters_open: dead = 0, future_rows: future = 0 } = health;
  const { linked_account: account } = workflow.trigger as { linked_account?: string };
  const { data: accounts } = useQuery(accountsQuery);
  const name = accounts?.find(({ id }) => id === account)?.name ?? account;
  return (
    <>
      {state === 'authentication' && account !== undefined && (
        <Notice state="failed">
          The authentication of the account{' '}
          <Link to="/accounts/$id" params={{ id: account }} search={{}}>
            {name}
          </Link>{' '}
          no longer works. A person must sign in again. Nothing is lost: the trigger continues at its cursor.
        </Notice>
      )}
      {cursor?.paused != null && (
        <Notice state="waiting">
          Paused <TimeText at={cursor.paused.at} /> by {cursor.paused.by}: {cursor.paused.reason}
        </Notice>
      )}
      {cursor != null && cursor.failures > 0 && (
        <Notice state="failed">
          <p>
            {countText(cursor.failures, 'failure')} in a row: {cursor.last_error}
          </p>
          {cursor.last_hint !== null && <p className="soft">{cursor.last_hint}</p>}
          {cursor.not_before !== null && (
            <p className="soft">
              The next poll is <TimeText at={cursor.not_before} />. "Run now" polls at once.
            </p>
          )}
        </Notice>
      )}
      {dead > 0 && (
        <Notice state="failed">
          {countText(dead, 'dead-lettered event batch', 'dead-lettered event batches')} not delivered.{' '}
          <Link to="." search={(before: object) => ({ ...before, tab: 'sync' })} hash="dead-letters">
            Redeliver or discard
          </Link>
        </Notice>
      )}
      {waiting !== undefined && (
        <Notice state="waiting">
          A run has been due since <TimeText at={waiting.due_at} form="whole" /> and waits: the quota{' '}
          {waiting.quota.name} is used up ({waiting.quota.used.toLocaleString()} of{' '}
          {waiting.quota.limit.toLocaleString()}).
        </Notice>
      )}
      {future > 0 && (
        <Notice state="waiting">
          {countText(future, 'row')} held back, because the cursor value is in the future. They are delivered when that
          time has come.
        </Notice>
      )}
      {health.warnings?.map(({ pointer, code, message }) => (
        <Notice key={`${pointer} ${code}`} state="waiting">
          {message}
        </Notice>
      ))}
    </>
  );
}
