import { queryOptions } from '@tanstack/react-query';
import { type Connector, listOauthApps, type OAuthApp } from 'penstock-client';
import type { ObjectSchema } from '../components/schema-fields.tsx';
import { ask } from './api-error.ts';
import { everyItem } from './every-item.ts';

/** One way to sign in to a service, as the connector describes it. */
export interface LoginKind {
  id: string;
  title: string;
  description?: string;
  kind: string;
  grant?: string;
  /** What a person gives; of a sign-in, what its OAuth app has. */
  fields?: ObjectSchema;
  /** Public fields that are replaced with the secret. */
  replace?: string[];
}

/** Every OAuth app of the tenant, loaded whenever a choice of one opens: it may have been added a moment ago. */
export const oauthAppsQuery = queryOptions({
  queryKey: ['oauth-apps'],
  staleTime: 0,
  queryFn: ({ signal }) => everyItem<OAuthApp>((query) => ask(listOauthApps({ query, signal }))),
});

export function kindsOf(connector: Connector | undefined): LoginKind[] {
  return (connector?.auth ?? []) as unknown as LoginKind[];
}

/** Whether a person signs in at the service, through an OAuth app. */
export function isSignIn(kind: LoginKind): boolean {
  return kind.kind === 'oauth2' && kind.grant === 'authorization_code';
}
