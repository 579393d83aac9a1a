import { queryOptions } from '@tanstack/react-query';
import { type Connector, listConnectors, listOauthApps, type OAuthApp } from 'penstock-client';
import type { ObjectSchema } from '../components/schema-fields.tsx';
import { ask } from './api-error.ts';

const PAGE = 200;

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

/** Every connector, with its kinds of login. */
export const connectorsQuery = queryOptions({
  queryKey: ['connectors', 'all'],
  queryFn: ({ signal }) =>
    everyPage<Connector>((cursor) => ask(listConnectors({ query: { limit: PAGE, cursor }, signal }))),
  staleTime: 60_000,
});

/** Every OAuth app of the tenant. */
export const oauthAppsQuery = queryOptions({
  queryKey: ['oauth-apps'],
  queryFn: ({ signal }) =>
    everyPage<OAuthApp>((cursor) => ask(listOauthApps({ query: { limit: PAGE, cursor }, signal }))),
});

export function kindsOf(connector: Connector | undefined): LoginKind[] {
  return (connector?.auth ?? []) as unknown as LoginKind[];
}

/** Whether a person signs in at the service, through an OAuth app. */
export function isSignIn(kind: LoginKind): boolean {
  return kind.kind === 'oauth2' && kind.grant === 'authorization_code';
}

async function everyPage<Item>(
  load: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
