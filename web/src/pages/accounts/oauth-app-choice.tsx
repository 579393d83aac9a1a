import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Connector, OAuthApp } from 'penstock-client';
import { Notice } from '../../components/notice.tsx';
import { Select } from '../../components/select.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { oauthAppsQuery } from '../../data/connectors.ts';
import { useCan } from '../../data/me.ts';

/** The OAuth apps of a connector. */
export interface Apps {
  apps: readonly OAuthApp[];
  query: { isPending: boolean; isError: boolean; error: unknown; refetch(): unknown };
  /** The app that is used, given the id that the person chose. */
  chosen(id: string | undefined): OAuthApp | undefined;
}

export function useApps(connector: string | undefined): Apps {
  const query = useQuery(oauthAppsQuery);
  const apps = (query.data ?? []).filter(({ template }) => template === connector);
  return { apps, query, chosen: (id) => apps.find((app) => app.id === id) ?? apps[0] };
}

interface AppChoiceProps {
  connector: Connector;
  apps: Apps;
  value: string | undefined;
  onChange(id: string): void;
}

/** Through which OAuth app a person signs in; without one, what to do about it. */
export function AppChoice({ connector, apps: { apps, query, chosen }, value, onChange }: AppChoiceProps) {
  const canCreate = useCan('POST /v1/oauth_apps');
  if (query.isPending) return <Skeleton lines={1} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  if (apps.length > 0) {
    const options = apps.map(({ id, name, host }) => ({ id, text: name, detail: host }));
    return (
      <Select label="OAuth app" options={options} value={chosen(value)?.id} onChange={onChange} pointer="/oauth_app" />
    );
  }
  return (
    <Notice state="waiting">
      <p>
        Signing in needs an OAuth app that an administrator has registered at {connector.title}. There is none yet.{' '}
        {canCreate ? '' : 'Ask an administrator to add one under Settings, OAuth apps.'}
      </p>
      {canCreate && (
        <p>
          <Link to="/settings/oauth-apps" search={{ dialog: 'create', connector: connector.id }}>
            Add an OAuth app
          </Link>
        </p>
      )}
    </Notice>
  );
}
