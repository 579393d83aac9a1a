import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listRunCauses, type RunCause } from 'penstock-client';
import { useMemo } from 'react';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { serverNow } from '../../data/clock.ts';
import { HomeSection } from './home-section.tsx';

const DAY_MS = 86_400_000;
const REFRESH_MS = 30_000;
/** Groups that are shown; the page Runs has the others. */
const MAX_GROUPS = 20;

/** Why runs of the last day failed, by error code and account. */
export function Failures({ account }: { account: string | undefined }) {
  const { data: accounts } = useQuery(accountsQuery);
  const causes = useQuery({
    queryKey: ['runs', 'causes', 'day', account],
    async queryFn({ signal }) {
      const from = new Date(serverNow() - DAY_MS).toISOString();
      const { items, is_complete } = await ask(listRunCauses({ query: { from, linked_account: account }, signal }));
      return { items, is_complete, from };
    },
    refetchInterval: REFRESH_MS,
  });
  const groups = useMemo(() => (causes.data === undefined ? [] : groupsOf(causes.data.items)), [causes.data]);
  const total = causes.data?.items.reduce((sum, cause) => sum + cause.count, 0);
  const nameOf = (id: string) => accounts?.find((each) => each.id === id)?.name ?? id;
  return (
    <HomeSection
      id="failures"
      title="Failures of the last 24 hours"
      count={total}
      isMore={causes.data?.is_complete === false}
      error={causes.error}
      onRetry={causes.refetch}
      none="No run failed in the last 24 hours."
    >
      <ul className="home-list" aria-labelledby="failures">
        {groups.slice(0, MAX_GROUPS).map(({ code, account: id, count, causes: inGroup }) => (
          <li key={`${code} ${id ?? ''}`} className="failure">
            <span className="failure-count">{count.toLocaleString()}</span>
            <div className="failure-text">
              <p>
                <Link
                  to="/runs"
                  search={{ code, from: causes.data!.from, ...(id === undefined ? {} : { account: nameOf(id) }) }}
                >
                  <code>{code}</code>
                </Link>{' '}
                {id !== undefined && (
                  <>
                    <span className="soft">on</span> <bdi>{nameOf(id)}</bdi>
                  </>
                )}
              </p>
              <ul>
                {inGroup.map((cause) => (
                  <li key={cause.id} className="failure-cause">
                    <Link
                      to="/runs"
                      search={{
                        cause: cause.id,
                        from: causes.data!.from,
                        ...(id === undefined ? {} : { account: nameOf(id) }),
                      }}
                    >
                      <bdi>{cause.pattern}</bdi>
                    </Link>
                    <span className="soft small">
                      {cause.action ?? ''} · <TimeText at={cause.last_at} />
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          </li>
        ))}
      </ul>
      {groups.length > MAX_GROUPS && (
        <Link to="/runs" search={{ status: 'failed', from: causes.data!.from }}>
          {(groups.length - MAX_GROUPS).toLocaleString()} more kinds of failure
        </Link>
      )}
    </HomeSection>
  );
}

interface Group {
  code: string;
  /** Undefined for runs that used no account. */
  account: string | undefined;
  count: number;
  causes: RunCause[];
}

/** Causes by code and account, most frequent first. A cause on two accounts is in two groups, each with its own count. */
function groupsOf(causes: readonly RunCause[]): Group[] {
  const groups = new Map<string, Group>();
  for (const cause of causes) {
    const onAccounts = cause.linked_accounts.reduce((sum, { count }) => sum + count, 0);
    const without = cause.count - onAccounts;
    const parts = [
      ...cause.linked_accounts.map(({ id, count }) => ({ account: id as string | undefined, count })),
      ...(without > 0 ? [{ account: undefined, count: without }] : []),
    ];
    for (const { account, count } of parts) {
      const key = JSON.stringify([cause.code, account]);
      const group = groups.get(key) ?? { code: cause.code, account, count: 0, causes: [] };
      group.count += count;
      group.causes.push(cause);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
