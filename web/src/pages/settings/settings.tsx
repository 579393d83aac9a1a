import { useQuery } from '@tanstack/react-query';
import { getTenant } from 'penstock-client';
import { CopyId } from '../../components/copy-id.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ask } from '../../data/api-error.ts';
import { meQuery } from '../../data/me.ts';

/** The tenant and the key that is signed in. */
export function SettingsPage() {
  const tenant = useQuery({ queryKey: ['tenant'], queryFn: ({ signal }) => ask(getTenant({ signal })) });
  const { data: me } = useQuery(meQuery);
  if (tenant.isError) {
    return (
      <Page title="Settings">
        <ErrorState error={tenant.error} onRetry={() => tenant.refetch()} />
      </Page>
    );
  }
  return (
    <Page title="Settings">
      {tenant.isPending ? (
        <Skeleton />
      ) : (
        <dl className="facts">
          <dt>Tenant</dt>
          <dd>{tenant.data.name}</dd>
          <dt>Id</dt>
          <dd>
            <CopyId value={tenant.data.id} />
          </dd>
          <dt>Signed in with the API key</dt>
          <dd>
            {me?.key.name} ({me?.role})
          </dd>
        </dl>
      )}
    </Page>
  );
}
