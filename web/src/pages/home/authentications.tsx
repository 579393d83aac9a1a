import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { LinkedAccount } from 'penstock-client';
import { StatusBadge } from '../../components/status-badge.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { HomeSection } from './home-section.tsx';

const REFRESH_MS = 60_000;
const NEEDS_A_PERSON: ReadonlySet<LinkedAccount['status']> = new Set<LinkedAccount['status']>([
  'needs_reauth',
  'revoked',
  'expiring',
  'no_authentication',
]);

/** Accounts that nobody can use until a person signs in again, or soon. */
export function Authentications({ account }: { account: string | undefined }) {
  const accounts = useQuery({ ...accountsQuery, refetchInterval: REFRESH_MS });
  const waiting = accounts.data?.filter(
    ({ id, status }) => NEEDS_A_PERSON.has(status) && (account === undefined || id === account),
  );
  return (
    <HomeSection
      id="authentications"
      title="Authentications that need a person"
      count={waiting?.length}
      error={accounts.error}
      onRetry={accounts.refetch}
      none="Every account is signed in."
    >
      <ul className="home-list" aria-labelledby="authentications">
        {waiting?.map(({ id, name, connector, status }) => (
          <li key={id} className="home-row">
            <Link to={`/accounts/${id}` as '/accounts'} className="home-name">
              <bdi>{name}</bdi>
            </Link>
            <span className="row">
              <StatusBadge status={status} />
              <span className="soft">{connector}</span>
            </span>
          </li>
        ))}
      </ul>
    </HomeSection>
  );
}
