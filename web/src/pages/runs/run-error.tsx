import type { Run } from 'penstock-client';
import { JsonTree } from '../../components/json-tree.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { NextAction } from './next-action.tsx';

/** Why a run failed, what to do about it, and what the service said. */
export function RunErrorCard({ run }: { run: Run }) {
  const { error } = run;
  if (error === undefined) return <p className="soft">This run has no error.</p>;
  return (
    <div className="error-state">
      <h2>
        <StatusBadge status={error.code === 'ERR_OUTCOME_UNKNOWN' ? 'unknown' : 'failed'} word={error.code} />
      </h2>
      <pre className="error-text">{error.message}</pre>
      {error.hint !== undefined && <p className="soft">{error.hint}</p>}
      {run.status === 'failed' && <NextAction run={run} />}
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
