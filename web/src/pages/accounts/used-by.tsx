import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { triggersQuery } from '../../data/catalog.ts';
import { shownState } from '../workflows/trigger-state.ts';
import { useUsage } from './usage.ts';

/** Most workflows named in a dialog; the page lists all. */
const MAX_NAMED = 10;

/** The workflows whose trigger or steps use an account. */
export function UsedBy({ account }: { account: string }) {
  const { of, query } = useUsage();
  const { data: triggers } = useQuery(triggersQuery);
  const kindOf = (id: string | undefined) => triggers?.find((each) => each.id === id)?.kind;
  const workflows = of(account) ?? [];
  return (
    <section className="stack" aria-labelledby="used-by">
      <h2 id="used-by">Used by</h2>
      {query.isPending && <Skeleton />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {!query.isPending && !query.isError && workflows.length === 0 && (
        <p className="soft">No workflow uses this account.</p>
      )}
      {workflows.length > 0 && (
        <ul className="used-by" aria-label="Used by">
          {workflows.map(({ id, name, trigger }) => (
            <li key={id}>
              <StatusBadge status={shownState(trigger.state, kindOf(trigger.id))} />
              <Link to="/workflows/$id" params={{ id }} search={{}}>
                {name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What a deletion would break, before it is done. */
export function Breaks({ workflows }: { workflows: readonly { id: string; name: string; enabled: boolean }[] }) {
  if (workflows.length === 0) return <p>No workflow uses it.</p>;
  const named = workflows.slice(0, MAX_NAMED);
  return (
    <div className="stack">
      <p>
        {workflows.length === 1
          ? 'One workflow uses it and would fail:'
          : `${workflows.length.toLocaleString()} workflows use it and would fail:`}
      </p>
      <ul className="bullets" aria-label="Would fail">
        {named.map(({ id, name, enabled }) => (
          <li key={id}>
            {name}
            {!enabled && <span className="soft"> (disabled)</span>}
          </li>
        ))}
        {workflows.length > named.length && <li>and {(workflows.length - named.length).toLocaleString()} more</li>}
      </ul>
    </div>
  );
}
