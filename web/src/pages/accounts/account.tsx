import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { getLinkedAccount, type LinkedAccount, resumeLinkedAccount } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { FormError } from '../../components/form.tsx';
import { Page } from '../../components/page.tsx';
import type { ObjectSchema } from '../../components/schema-fields.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { useCan } from '../../data/me.ts';
import { invalidateAccount, type ShowDialog } from './account-changes.ts';
import { AccountDialogs } from './account-dialogs.tsx';
import { Authentications } from './authentications.tsx';
import './accounts.css';
import { UsedBy } from './used-by.tsx';

const route = getRouteApi('/frame/accounts/$id');

/** One account: how it signs in, what uses it, and what can be done about it. */
export function AccountPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const account = useQuery({
    queryKey: ['linked-account', id],
    queryFn: ({ signal }) => ask(getLinkedAccount({ path: { id }, signal })),
  });
  if (account.isError) {
    return (
      <Page title="Account">
        <ErrorState error={account.error} onRetry={() => account.refetch()} />
      </Page>
    );
  }
  if (account.isPending) return <Skeleton lines={8} />;
  const show = (dialog?: string, more: { kind?: string; authentication?: string } = {}) =>
    navigate({ to: '.', search: ({ account: kept }) => ({ account: kept, dialog, ...more }) });
  const { name, status, paused } = account.data;
  return (
    <Page
      title={name}
      beside={
        <>
          <StatusBadge status={status} />
          {paused !== undefined && <StatusBadge status="paused" />}
        </>
      }
      actions={<AccountButtons account={account.data} onShow={show} />}
    >
      {paused !== undefined && (
        <p className="soft">
          Paused <TimeText at={paused.at} /> by {paused.by}
          {paused.reason === undefined ? '' : `: ${paused.reason}`}. Triggers do not poll, and runs wait.
        </p>
      )}
      <AccountFacts account={account.data} />
      <Authentications account={account.data} onShow={show} />
      <UsedBy account={account.data.id} />
      <AccountDialogs account={account.data} search={search} onShow={show} />
    </Page>
  );
}

function AccountButtons({ account, onShow }: { account: LinkedAccount; onShow: ShowDialog }) {
  const queries = useQueryClient();
  const canChange = useCan('PATCH /v1/linked_accounts/{id}');
  const canDelete = useCan('DELETE /v1/linked_accounts/{id}');
  const canPause = useCan('POST /v1/linked_accounts/{id}/pause');
  const canLink = useCan('POST /v1/connect_links');
  const resume = useAct(
    (_: undefined, headers) => ask(resumeLinkedAccount({ path: { id: account.id }, headers })),
    () => invalidateAccount(queries),
  );
  return (
    <>
      <FormError error={resume.error} />
      {canLink && <Button onPress={() => onShow('link')}>Connect link…</Button>}
      {canPause &&
        (account.paused === undefined ? (
          <Button onPress={() => onShow('pause')}>Pause…</Button>
        ) : (
          <Button onPress={() => resume.mutate(undefined)} isPending={resume.isPending}>
            Resume
          </Button>
        ))}
      {canChange && <Button onPress={() => onShow('edit')}>Edit…</Button>}
      {canDelete && <Button onPress={() => onShow('delete')}>Delete…</Button>}
    </>
  );
}

function AccountFacts({ account }: { account: LinkedAccount }) {
  const { data: connectors } = useQuery(connectorsQuery);
  const connector = connectors?.find(({ id }) => id === account.connector);
  const fields = Object.entries((connector?.connection as ObjectSchema | undefined)?.properties ?? {});
  const limits = account.limits as { per_second?: number; concurrent?: number } | undefined;
  return (
    <dl className="facts">
      <dt>Service</dt>
      <dd>{connector?.title ?? account.connector}</dd>
      {account.host !== undefined && (
        <>
          <dt>Address</dt>
          <dd>{account.host}</dd>
        </>
      )}
      {fields.map(([name, { title = name }]) => (
        <FieldFact key={name} title={title} value={account[name]} />
      ))}
      <dt>Limits</dt>
      <dd>{limits === undefined ? 'Those of the connector' : limitsText(limits)}</dd>
      {Object.entries(account.metadata ?? {}).map(([key, value]) => (
        <FieldFact key={key} title={key} value={value} />
      ))}
      <dt>Id</dt>
      <dd>
        <CopyId value={account.id} />
      </dd>
      <dt>Created</dt>
      <dd>
        <TimeText at={account.created_at} form="whole" /> by the key <CopyId value={account.created_by} />
      </dd>
      <dt>Changed</dt>
      <dd>
        <TimeText at={account.updated_at} form="whole" />
      </dd>
    </dl>
  );
}

function FieldFact({ title, value }: { title: string; value: unknown }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>{value === undefined || value === '' ? '—' : String(value)}</dd>
    </>
  );
}

function limitsText({ per_second, concurrent }: { per_second?: number; concurrent?: number }): string {
  const parts = [
    per_second === undefined ? undefined : `${per_second.toLocaleString()} requests per second`,
    concurrent === undefined ? undefined : `${concurrent.toLocaleString()} at the same time`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'Those of the connector' : parts.join(', ');
}
