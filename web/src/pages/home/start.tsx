import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { countText } from '../../components/count-text.ts';
import { EmptyState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { useCan } from '../../data/me.ts';
import { triggerHealthQuery, workflowsQuery } from '../../data/workflows.ts';
import { lagText } from '../workflows/lag-text.ts';
import { DEMO_ACCOUNT, DEMO_WORKFLOW } from './demo.ts';

const FirstQuery = lazy(() => import('./first-query.tsx'));
const HIDDEN_KEY = 'penstock.start';
const REFRESH_MS = 5_000;
const MAX_CONNECTORS = 6;

/** The first minutes: where the demo of `npm start` runs, it is shown and used; where nothing is, what comes first. */
export function Start() {
  const { data: accounts } = useQuery(accountsQuery);
  const { data: workflows } = useQuery(workflowsQuery);
  const canConnect = useCan('POST /v1/linked_accounts');
  const canCreate = useCan('POST /v1/workflows');
  const [isHidden, setHidden] = useState(readHidden);
  if (accounts === undefined || workflows === undefined) return null;
  if (accounts.length === 0) {
    return (
      <EmptyState title="Connect the first account" actions={canConnect && <ConnectLink />}>
        An account is a workspace of a service that Penstock may use. Actions, queries and workflows run on it.
      </EmptyState>
    );
  }
  const demo = accounts.find(({ name }) => name === DEMO_ACCOUNT);
  const sync = workflows.find(({ name }) => name === DEMO_WORKFLOW);
  if (demo === undefined || sync === undefined) {
    if (workflows.length > 0) return null;
    return (
      <EmptyState
        title="Build the first workflow"
        actions={
          canCreate && (
            <Link to="/workflows/new" className="button">
              New workflow
            </Link>
          )
        }
      >
        A workflow starts by a trigger, such as new rows of a table, and runs actions in steps.
      </EmptyState>
    );
  }
  if (isHidden) return null;
  const hide = () => {
    setHidden(true);
    try {
      localStorage.setItem(HIDDEN_KEY, 'hidden');
    } catch {
      // Storage is off or full: it is hidden until the page is loaded again.
    }
  };
  return (
    <section className="start" aria-labelledby="start">
      <div className="start-head">
        <h2 id="start">Get started</h2>
        <Button kind="quiet" onPress={hide}>
          Hide
        </Button>
      </div>
      <div className="start-cards">
        <Suspense fallback={<Skeleton />}>
          <FirstQuery account={demo.id} />
        </Suspense>
        <div className="stack">
          <ExampleSync id={sync.id} name={sync.name} />
          <ConnectNext />
        </div>
      </div>
    </section>
  );
}

function ExampleSync({ id, name }: { id: string; name: string }) {
  const { data: health } = useQuery({ ...triggerHealthQuery(id), refetchInterval: REFRESH_MS });
  return (
    <div className="card">
      <h3>The example sync</h3>
      <div className="row">
        <Link to="/workflows/$id" params={{ id }} search={{ tab: 'sync' }}>
          <strong>{name}</strong>
        </Link>
        {health && <StatusBadge status={health.state} />}
      </div>
      <p className="soft">New rows of a table of flights are appended to a file, a few hundred at a time.</p>
      {health?.cursor && (
        <p>
          <strong>{health.cursor.events.toLocaleString()}</strong> rows delivered. Lag: {lagText(health.lag) ?? '—'}.{' '}
          {health.next_tick_at !== null && (
            <span className="soft">
              Next tick <TimeText at={health.next_tick_at} />
            </span>
          )}
        </p>
      )}
    </div>
  );
}

function ConnectNext() {
  const canConnect = useCan('POST /v1/linked_accounts');
  const { data: connectors = [] } = useQuery(connectorsQuery);
  // What needs no account cannot be connected.
  const shown = connectors.filter(({ auth }) => auth.length > 0).slice(0, MAX_CONNECTORS);
  return (
    <div className="card">
      <h3>Connect next</h3>
      <p className="soft">Your own workspace, in place of the emulator that the demo runs on.</p>
      <ul className="row" aria-label="Connectors">
        {shown.map(({ id, title, icon, actions }) => (
          <li key={id} className="connector">
            {icon !== undefined && <img src={icon} alt="" width={16} height={16} />}
            {title} <span className="soft small">{countText(actions, 'action')}</span>
          </li>
        ))}
      </ul>
      <div className="row">
        {canConnect && <ConnectLink />}
        <Link to="/connectors" className="button">
          All connectors
        </Link>
      </div>
    </div>
  );
}

function ConnectLink() {
  return (
    <Link to="/accounts" search={{ dialog: 'connect' }} className="button">
      Connect account
    </Link>
  );
}

function readHidden(): boolean {
  try {
    return localStorage.getItem(HIDDEN_KEY) === 'hidden';
  } catch {
    return false;
  }
}
