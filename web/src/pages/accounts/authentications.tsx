import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Authentication,
  type AuthenticationTest,
  type LinkedAccount,
  listAuthentications,
  testAuthentication,
  updateLinkedAccount,
} from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { FormError } from '../../components/form.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { kindsOf } from '../../data/connectors.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { invalidateAccount, type ShowDialog } from './account-changes.ts';
import { TestResult } from './test-result.tsx';

/** How an account signs in: each authentication with its state and what can be done with it. */
export function Authentications({ account, onShow }: { account: LinkedAccount; onShow: ShowDialog }) {
  const list = useList(['authentications', account.id], (cursor, signal) =>
    ask(listAuthentications({ path: { id: account.id }, query: { cursor }, signal })),
  );
  const canAdd = useCan('POST /v1/linked_accounts/{id}/authentications');
  const { query, rows, hasMore, loadMore } = list;
  const add = canAdd && (
    <Button icon="plus" onPress={() => onShow('add')}>
      Add authentication
    </Button>
  );
  return (
    <section className="stack" aria-labelledby="authentications">
      <div className="section-head">
        <h2 id="authentications">Authentications</h2>
        {rows.length > 0 && add}
      </div>
      {query.isPending && <Skeleton />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <EmptyState title="Nobody has signed in yet" actions={add}>
          Runs of this account fail until it has an authentication.
        </EmptyState>
      )}
      <ul className="stack">
        {rows.map((authentication) => (
          <li key={authentication.id}>
            <AuthenticationCard account={account} authentication={authentication} onShow={onShow} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <div>
          <Button onPress={loadMore}>Show more</Button>
        </div>
      )}
    </section>
  );
}

interface CardProps {
  account: LinkedAccount;
  authentication: Authentication;
  onShow: ShowDialog;
}

function AuthenticationCard({ account, authentication, onShow }: CardProps) {
  const { id, name, kind, status, status_reason, expires_at, tested_at } = authentication;
  const { data: connectors } = useQuery(connectorsQuery);
  const queries = useQueryClient();
  const [result, setResult] = useState<AuthenticationTest>();
  const path = { id: account.id, auth_id: id };
  const test = useAct(
    (_: undefined, headers) => ask(testAuthentication({ path, headers })),
    (found) => {
      setResult(found);
      return invalidateAccount(queries);
    },
  );
  const choose = useAct(
    (_: undefined, headers) =>
      ask(updateLinkedAccount({ path: { id: account.id }, body: { default_authentication: id }, headers })),
    () => invalidateAccount(queries),
  );
  const isDefault = account.default_authentication === id;
  const can = {
    test: useCan('POST /v1/linked_accounts/{id}/authentications/{auth_id}/test'),
    renew: useCan('PUT /v1/linked_accounts/{id}/authentications/{auth_id}'),
    choose: useCan('PATCH /v1/linked_accounts/{id}'),
    revoke: useCan('POST /v1/linked_accounts/{id}/authentications/{auth_id}/revoke'),
    remove: useCan('DELETE /v1/linked_accounts/{id}/authentications/{auth_id}'),
    workspaces: useCan('GET /v1/linked_accounts/{id}/authentications/{auth_id}/workspaces'),
  };
  const title = kindsOf(connectors?.find((each) => each.id === account.connector)).find(
    (each) => each.id === kind,
  )?.title;
  const needsPerson = status === 'needs_reauth' || status === 'revoked' || status === 'expiring';
  const dialog = (what: string) => () => onShow(what, { authentication: id });
  return (
    <article className="card" aria-label={name}>
      <div className="section-head">
        <div className="row">
          <h3 className="card-title">{name}</h3>
          <StatusBadge status={status} />
          {isDefault && <span className="tag">Default</span>}
        </div>
        <div className="row">
          {can.test && (
            <Button onPress={() => test.mutate(undefined)} isPending={test.isPending}>
              {test.isPending ? 'Testing…' : 'Test'}
            </Button>
          )}
          {can.renew && (
            <Button kind={needsPerson ? 'primary' : 'plain'} onPress={dialog('reconnect')}>
              Reconnect…
            </Button>
          )}
          {can.workspaces && authentication.account_id !== undefined && (
            <Button onPress={dialog('workspaces')}>Workspaces…</Button>
          )}
          {can.choose && !isDefault && (
            <Button onPress={() => choose.mutate(undefined)} isPending={choose.isPending}>
              Make default
            </Button>
          )}
          {can.revoke && status !== 'revoked' && <Button onPress={dialog('revoke')}>Revoke…</Button>}
          {can.remove && <Button onPress={dialog('delete-authentication')}>Delete…</Button>}
        </div>
      </div>
      {status_reason !== undefined && <p>{status_reason}</p>}
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{title ?? kind}</dd>
        <dt>Signed in as</dt>
        <dd>{authentication.user_name ?? '—'}</dd>
        <dt>Address</dt>
        <dd>{authentication.host}</dd>
        <dt>Expires</dt>
        <dd>{expires_at === undefined ? 'Not known, or never' : <TimeText at={expires_at} form="whole" />}</dd>
        <dt>Last test</dt>
        <dd>{tested_at === undefined ? 'Never' : <TimeText at={tested_at} />}</dd>
        <OtherFacts authentication={authentication} />
        <dt>Id</dt>
        <dd>
          <CopyId value={id} />
        </dd>
      </dl>
      <FormError error={test.error ?? choose.error} />
      {result !== undefined && <TestResult result={result} />}
    </article>
  );
}

const OTHERS = [
  ['client_id', 'Client'],
  ['account_id', 'Account at the service'],
  ['workspace_id', 'Workspace'],
  ['oauth_app', 'OAuth app'],
] as const;

function OtherFacts({ authentication }: { authentication: Authentication }) {
  const scopes = authentication.granted_scopes ?? authentication.scopes ?? [];
  return (
    <>
      {OTHERS.map(([field, title]) => {
        const value = authentication[field];
        if (value === undefined) return null;
        return (
          <div key={field} className="facts-pair">
            <dt>{title}</dt>
            <dd>
              <CopyId value={value} />
            </dd>
          </div>
        );
      })}
      {Object.entries(authentication.fields ?? {}).map(([name, value]) => (
        <div key={name} className="facts-pair">
          <dt>{name}</dt>
          <dd>{String(value)}</dd>
        </div>
      ))}
      {scopes.length > 0 && (
        <div className="facts-pair">
          <dt>Scopes</dt>
          <dd>{scopes.join(', ')}</dd>
        </div>
      )}
    </>
  );
}
