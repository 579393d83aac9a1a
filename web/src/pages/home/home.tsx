import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listRunCauses } from 'penstock-client';
import { useState } from 'react';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';

const DAY_MS = 86_400_000;

/** What needs a person: why runs failed in the last day. */
export function HomePage() {
  const [from] = useState(() => new Date(Date.now() - DAY_MS).toISOString());
  const causes = useQuery({
    queryKey: ['run-causes', from],
    queryFn: ({ signal }) => ask(listRunCauses({ query: { from }, signal })),
  });
  return (
    <Page title="Home">
      <section className="stack" aria-labelledby="failures">
        <h2 id="failures">Failures of the last 24 hours</h2>
        {causes.isPending && <Skeleton />}
        {causes.isError && <ErrorState error={causes.error} onRetry={() => causes.refetch()} />}
        {causes.data?.items.length === 0 && <EmptyState title="No run failed in the last 24 hours." />}
        <ul className="stack">
          {causes.data?.items.map(({ id, code, pattern, count, last_at }) => (
            <li key={id} className="card">
              <Link to="/runs" search={{ cause: id, from }}>
                {count.toLocaleString()} × <code>{code}</code>
              </Link>
              <p>{pattern}</p>
              <p className="soft small">
                Last <TimeText at={last_at} />
              </p>
            </li>
          ))}
        </ul>
      </section>
    </Page>
  );
}
