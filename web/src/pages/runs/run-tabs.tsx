import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { Run } from 'penstock-client';
import type { ReactNode } from 'react';
import { CopyId } from '../../components/copy-id.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { RunErrorCard } from './run-error.tsx';
import { RunValue } from './run-value.tsx';
import { TimeTable } from './time-table.tsx';

const route = getRouteApi('/frame/runs/$id');

/** What went in, what came out, what was sent, what went wrong, and when. */
export function RunTabs({ run }: { run: Run }) {
  const { tab, view, part } = route.useSearch();
  const navigate = useNavigate();
  const first = run.error === undefined ? 'output' : 'error';
  const value = (name: 'input' | 'output') => (
    <RunValue
      run={run}
      part={name}
      shown={{ view, part }}
      onShow={(changes) => navigate({ to: '.', replace: true, search: (before) => ({ ...before, ...changes }) })}
    />
  );
  const tabs = [
    { id: 'input', title: 'Input', content: () => value('input') },
    { id: 'output', title: 'Output', content: () => value('output') },
    { id: 'launches', title: 'Launches', content: () => <LaunchesTab run={run} /> },
    { id: 'error', title: 'Error', content: () => <RunErrorCard run={run} /> },
    { id: 'log', title: 'Log', content: () => <Log run={run} /> },
  ];
  return (
    <Tabs
      label="Details"
      tabs={tabs}
      selected={tab ?? first}
      onSelect={(id) =>
        navigate({ to: '.', replace: true, search: (before) => ({ ...before, tab: id === first ? undefined : id }) })
      }
    />
  );
}

function LaunchesTab({ run }: { run: Run }) {
  return (
    <div className="stack">
      <Launches run={run} />
      <TimeTable run={run} />
    </div>
  );
}

function Launches({ run }: { run: Run }) {
  if (run.launches.length === 0)
    return <p className="soft">Nothing was sent to a service that a launch is recorded for.</p>;
  return (
    <ul className="stack">
      {run.launches.map(({ number, token, sent_at, ended_at, outcome, handle }) => (
        <li key={number} className="card">
          <div className="row">
            <h2>Launch {number}</h2>
            <StatusBadge status={outcome ?? 'running'} word={outcome === undefined ? 'No outcome yet' : undefined} />
          </div>
          <dl className="facts">
            <dt>Sent</dt>
            <dd>
              <TimeText at={sent_at} form="whole" />
            </dd>
            {ended_at !== undefined && (
              <>
                <dt>Ended</dt>
                <dd>
                  <TimeText at={ended_at} form="whole" />
                </dd>
              </>
            )}
            <dt>Token</dt>
            <dd>
              <CopyId value={token} />
            </dd>
            {handle !== undefined && (
              <>
                <dt>At the service</dt>
                <dd>
                  <JsonTree value={handle} />
                </dd>
              </>
            )}
          </dl>
        </li>
      ))}
    </ul>
  );
}

/** Every moment that the record has, in order. */
function Log({ run }: { run: Run }) {
  const moments: { at: string; text: ReactNode }[] = [
    { at: run.created_at, text: 'Created' },
    ...(run.started_at === undefined ? [] : [{ at: run.started_at, text: 'Started' }]),
    ...run.launches.map(({ number, sent_at }) => ({ at: sent_at, text: `Launch ${number} sent` })),
    ...(run.decision === undefined
      ? []
      : [{ at: run.decision.at, text: `${run.decision.approved ? 'Approved' : 'Denied'} by ${run.decision.by}` }]),
    ...(run.cancel_requested_at === undefined ? [] : [{ at: run.cancel_requested_at, text: 'Cancellation requested' }]),
    ...(run.finished_at === undefined ? [] : [{ at: run.finished_at, text: `Ended: ${run.status}` }]),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <dl className="facts">
      {moments.map(({ at, text }, order) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: moments have no id, and their order is theirs
        <div key={order} style={{ display: 'contents' }}>
          <dt>
            <TimeText at={at} form="whole" />
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
      <dt>Attempts</dt>
      <dd>{run.attempts.toLocaleString()}</dd>
    </dl>
  );
}
