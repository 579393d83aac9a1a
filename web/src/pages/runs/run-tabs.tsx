import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { Run } from 'penstock-client';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyId, copyText } from '../../components/copy-id.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TimeText } from '../../components/time-text.tsx';

const route = getRouteApi('/frame/runs/$id');

/** What went in, what came out, what was sent, what went wrong, and when. */
export function RunTabs({ run }: { run: Run }) {
  const { tab } = route.useSearch();
  const navigate = useNavigate();
  const first = run.error === undefined ? 'output' : 'error';
  const tabs = [
    { id: 'input', title: 'Input', content: () => <Value run={run} part="input" /> },
    { id: 'output', title: 'Output', content: () => <Value run={run} part="output" /> },
    { id: 'launches', title: 'Launches', content: () => <Launches run={run} /> },
    { id: 'error', title: 'Error', content: () => <ErrorCard run={run} /> },
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

/** A value of any size: a large one is a file, which does not enter the page. */
function Value({ run, part }: { run: Run; part: 'input' | 'output' }) {
  const value = run[part];
  const file = part === 'input' ? run.input_artifact : run.artifact;
  if (value === undefined && file === undefined) return <p className="soft">This run has no {part}.</p>;
  return (
    <div className="stack">
      <div className="row">
        {value !== undefined && (
          <Button icon="copy" onPress={() => copyText(JSON.stringify(value, null, 2))}>
            Copy
          </Button>
        )}
        {file !== undefined && (
          <a className="button" href={`/v1/runs/${run.id}/artifact?part=${part}`} download>
            Download {sizeText(file.size)}
          </a>
        )}
      </div>
      {value === undefined ? (
        <p className="soft">
          The {part} is stored as a file of {sizeText(file!.size)} ({file!.media_type}).
        </p>
      ) : (
        <JsonTree value={value} />
      )}
    </div>
  );
}

function Launches({ run }: { run: Run }) {
  if (run.launches.length === 0)
    return <p className="soft">Nothing was sent to a service that a launch is recorded for.</p>;
  return (
    <ul className="stack">
      {run.launches.map(({ number, token, sent_at, outcome, handle }) => (
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

/** Why it failed, and what the hint says to do. */
function ErrorCard({ run }: { run: Run }) {
  const { error } = run;
  if (error === undefined) return <p className="soft">This run has no error.</p>;
  return (
    <div className="error-state">
      <h2>
        <StatusBadge status={error.code === 'ERR_OUTCOME_UNKNOWN' ? 'unknown' : 'failed'} word={error.code} />
      </h2>
      <pre>{error.message}</pre>
      {error.hint !== undefined && (
        <p>
          <strong>Next: </strong>
          {error.hint}
        </p>
      )}
      {error.errors !== undefined && (
        <ul className="stack">
          {error.errors.map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              <code>{pointer === '' ? '/' : pointer}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {error.upstream !== undefined && (
        <div>
          <h3>What the service said</h3>
          <JsonTree value={error.upstream} />
        </div>
      )}
    </div>
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

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

function sizeText(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${UNITS[step]}`;
}
