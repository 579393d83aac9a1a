import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../components/page.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { Approvals } from './approvals.tsx';
import { Authentications } from './authentications.tsx';
import { Failures } from './failures.tsx';
import './home.css';
import { Start } from './start.tsx';
import { Syncs } from './syncs.tsx';

const route = getRouteApi('/frame/');

/** What needs a person, and on the first day what to do first. */
export function HomePage() {
  const { account: chosen } = route.useSearch();
  const { data: accounts } = useQuery(accountsQuery);
  const account = chosen === undefined ? undefined : accounts?.find(({ id, name }) => name === chosen || id === chosen);
  return (
    <Page title="Home">
      <Start />
      <Failures account={chosen} />
      <div className="home-columns">
        <Syncs account={account?.id ?? chosen} />
        <Approvals />
        <Authentications account={account?.id ?? chosen} />
      </div>
    </Page>
  );
}
