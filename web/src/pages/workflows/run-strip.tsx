import type { WorkflowSummary } from 'penstock-client';
import { lookOf, runStatus } from '../../components/status-badge.tsx';

type Recent = NonNullable<WorkflowSummary['recent_runs']>[number];

/** The last runs of a workflow as bars, oldest first. A bar that stands out in height did not succeed. */
export function RunStrip({ runs }: { runs: readonly Recent[] }) {
  if (runs.length === 0) return <span className="soft">No runs</span>;
  const bars = runs.toReversed().map((run) => ({ run, look: lookOf(statusOf(run)) }));
  const counts = new Map<string, number>();
  for (const { look } of bars) counts.set(look.word, (counts.get(look.word) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => `${count} ${word.toLowerCase()}`).join(', ');
  return (
    <span
      className="strip"
      role="img"
      aria-label={`Last ${runs.length === 1 ? 'run' : `${runs.length} runs`}: ${words}`}
    >
      {bars.map(({ run, look }) => (
        <span
          key={run.id}
          className="strip-run"
          data-state={look.state}
          title={`${look.word}${run.code === undefined ? '' : ` (${run.code})`}\n${new Date(run.created_at).toLocaleString()}`}
        />
      ))}
    </span>
  );
}

function statusOf({ status, code, pending_approvals }: Recent): string {
  return runStatus({ status, pending_approvals, ...(code === undefined ? {} : { error: { code } }) });
}
