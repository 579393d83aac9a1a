import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { countText } from '../../components/count-text.ts';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { workflowsQuery } from '../../data/workflows.ts';
import { lagText } from '../workflows/lag-text.ts';
import { TROUBLED } from '../workflows/trigger-state.ts';
import { HomeSection } from './home-section.tsx';

const REFRESH_MS = 30_000;
const MAX_SHOWN = 20;

/** Triggers that are late or do not deliver. */
export function Syncs({ account }: { account: string | undefined }) {
  const workflows = useQuery({ ...workflowsQuery, refetchInterval: REFRESH_MS });
  const troubled = workflows.data?.filter(
    ({ trigger }) =>
      (TROUBLED.has(trigger.state) || (trigger.dead_letters_open ?? 0) > 0) &&
      (account === undefined || trigger.linked_account === account),
  );
  return (
    <HomeSection
      id="syncs"
      title="Late or stuck syncs"
      count={troubled?.length}
      error={workflows.error}
      onRetry={workflows.refetch}
      none="Every trigger runs on time."
    >
      <ul className="home-list" aria-labelledby="syncs">
        {troubled?.slice(0, MAX_SHOWN).map(({ id, name, trigger }) => (
          <li key={id} className="home-row">
            <Link to="/workflows/$id" params={{ id }} search={{ tab: 'sync' }} className="home-name">
              <bdi>{name}</bdi>
            </Link>
            <span className="row">
              <StatusBadge status={trigger.state} />
              {trigger.lag !== undefined && <span className="soft">Lag: {lagText(trigger.lag)}</span>}
              {(trigger.dead_letters_open ?? 0) > 0 && (
                <span className="soft">{countText(trigger.dead_letters_open!, 'dead letter')}</span>
              )}
              {trigger.next_tick_at !== undefined && (
                <span className="soft">
                  Next tick <TimeText at={trigger.next_tick_at} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {troubled !== undefined && troubled.length > MAX_SHOWN && <Link to="/workflows">All workflows</Link>}
    </HomeSection>
  );
}
