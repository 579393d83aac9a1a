import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TriggerHealth, Workflow } from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { CopyId } from '../../../components/copy-id.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { useCan } from '../../../data/me.ts';
import { lagText } from '../lag-text.ts';
import { MoveDialog } from './move-dialog.tsx';

const route = getRouteApi('/frame/workflows/$id');

/** How far the trigger has read, and how late that is. */
export function CursorCard({ workflow, health }: { workflow: Workflow; health: TriggerHealth }) {
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const canMove = useCan('PUT /v1/workflows/{id}/cursor', 'DELETE /v1/workflows/{id}/cursor');
  const { cursor, lag } = health;
  if (cursor === undefined) return null;
  const show = (name: 'move' | undefined) =>
    navigate({ to: '.', search: (before) => ({ ...before, dialog: name }), replace: name === undefined });
  const { position } = cursor;
  return (
    <section className="section" aria-labelledby="cursor">
      <div className="section-head">
        <h2 id="cursor">Cursor</h2>
        {canMove && <Button onPress={() => show('move')}>Move…</Button>}
      </div>
      <dl className="card stand">
        <div>
          <dt>Position</dt>
          <dd className="tile-value">{position === null ? 'The beginning' : <CopyId value={position.value} />}</dd>
          {position?.key != null && (
            <dd className="soft small">
              Key <CopyId value={position.key} />
            </dd>
          )}
        </div>
        <div>
          <dt>Lag</dt>
          <dd className="tile-value">{lagText(lag) ?? '—'}</dd>
        </div>
        <div>
          <dt>Events delivered</dt>
          <dd className="tile-value">{cursor.events.toLocaleString()}</dd>
          <dd className="soft small">in {cursor.version.toLocaleString()} moves of the cursor</dd>
        </div>
        <div>
          <dt>Last success</dt>
          <dd className="tile-value">
            {cursor.last_success_at === null ? 'None yet' : <TimeText at={cursor.last_success_at} />}
          </dd>
          {cursor.last_tick_at !== null && (
            <dd className="soft small">
              Last poll <TimeText at={cursor.last_tick_at} />
            </dd>
          )}
        </div>
        <div>
          <dt>In flight</dt>
          <dd>
            {cursor.in_flight === null ? (
              'Nothing'
            ) : (
              <Link to="/runs/$id" params={{ id: cursor.in_flight }} className="mono">
                {cursor.in_flight}
              </Link>
            )}
          </dd>
        </div>
      </dl>
      {dialog === 'move' && canMove && (
        <MoveDialog workflow={workflow} cursor={cursor} onClose={() => show(undefined)} />
      )}
    </section>
  );
}
