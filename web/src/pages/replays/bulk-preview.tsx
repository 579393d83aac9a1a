import { Link } from '@tanstack/react-router';
import type { BulkReplayPreview } from 'penstock-client';
import { countText } from '../../components/count-text.ts';
import { type Column, Grid } from '../../components/grid.tsx';
import { Notice } from '../../components/notice.tsx';
import { useRunName } from '../runs/run-name.tsx';
import './replays.css';

type RunPreview = BulkReplayPreview['runs'][number];

/** What the outside world gets a second time, summed over all runs, and what cannot be replayed now. */
export function BulkOutside({ preview }: { preview: BulkReplayPreview }) {
  const { effects, actions, refused } = preview;
  const repeats = effects.token + effects.once;
  const repeated = actions.filter(({ effect }) => effect === 'token' || effect === 'once');
  return (
    <section className="card" aria-label="What happens outside">
      <h2>What happens outside</h2>
      {repeats === 0 ? (
        <Notice state="succeeded">No effect happens a second time.</Notice>
      ) : (
        <Notice state="failed">
          <strong>
            {repeats === 1 ? 'One effect happens' : `${repeats.toLocaleString()} effects happen`} a second time.
          </strong>{' '}
          The services cannot know that it is a replay.
        </Notice>
      )}
      {repeated.length > 0 && (
        <ul className="outside-list">
          {repeated.map(({ action, effect, count }) => (
            <li key={`${action} ${effect}`} className="outside-item">
              <span>
                <code>{action}</code> × {count.toLocaleString()}
              </span>
            </li>
          ))}
        </ul>
      )}
      {refused.count > 0 && (
        <Notice state="waiting">
          <p>{countText(refused.count, 'run')} could not be replayed now; each is tried when its turn comes.</p>
          <ul>
            {refused.reasons.map(({ code, message, count }) => (
              <li key={`${code} ${message}`}>
                {count.toLocaleString()} × <code>{code}</code> {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}

/** The runs one by one, the oldest first. */
export function BulkRuns({ preview }: { preview: BulkReplayPreview }) {
  const nameOf = useRunName();
  const { runs, total } = preview;
  const columns: Column<RunPreview>[] = [
    {
      id: 'run',
      header: 'Run',
      width: 'minmax(0, 2fr)',
      cell: ({ run }) => (
        <Link to="/runs/$id" params={{ id: run }} tabIndex={-1} className="mono">
          {run}
        </Link>
      ),
    },
    {
      id: 'name',
      header: 'Name',
      width: 'minmax(0, 2fr)',
      isWide: true,
      cell: ({ run, action, workflow }) => nameOf({ id: run, action, workflow }),
    },
    {
      id: 'again',
      header: 'Happens a second time',
      width: 'minmax(0, 3fr)',
      cell: ({ repeated, refusal }) => (refusal === undefined ? namesOf(repeated) : `Refused: ${refusal.message}`),
    },
  ];
  if (total === 0) return null;
  return (
    <section className="stack" aria-label="Runs to replay">
      <h2>Runs</h2>
      {total > runs.length && (
        <p className="soft">
          The oldest {runs.length.toLocaleString()} of {total.toLocaleString()}. The sums above are of all.
        </p>
      )}
      <div className="bulk-runs">
        <Grid label="Runs to replay" rows={runs} rowKey={({ run }) => run} columns={columns} />
      </div>
    </section>
  );
}

function namesOf(repeated: RunPreview['repeated']): string {
  const changing = repeated.filter(({ effect }) => effect === 'token' || effect === 'once');
  return changing.length === 0 ? 'Nothing' : changing.map(({ step, action }) => step ?? action).join(', ');
}
