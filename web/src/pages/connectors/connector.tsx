import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type Connector, getConnector, getTrigger } from 'penstock-client';
import { useMemo } from 'react';
import { CopyId } from '../../components/copy-id.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ask } from '../../data/api-error.ts';
import { catalogQuery } from '../../data/catalog.ts';
import { useCan } from '../../data/me.ts';
import { ConnectorIcon } from './connector-icon.tsx';
import { entriesOf } from './entries.ts';
import { EntryGrid } from './entry-grid.tsx';

const route = getRouteApi('/frame/connectors/$id');

/** One connector: who is connected, and what it can do. */
export function ConnectorPage() {
  const { id } = route.useParams();
  const { trigger } = route.useSearch();
  const navigate = useNavigate();
  const connector = useQuery({
    queryKey: ['connector', id],
    queryFn: ({ signal }) => ask(getConnector({ path: { id }, signal })),
  });
  const catalog = useQuery(catalogQuery);
  const entries = useMemo(
    () => (catalog.data === undefined ? [] : entriesOf(catalog.data).filter((entry) => entry.connector === id)),
    [catalog.data, id],
  );
  if (connector.isError) {
    return (
      <Page title="Connector">
        <ErrorState error={connector.error} onRetry={() => connector.refetch()} />
      </Page>
    );
  }
  if (connector.isPending) return <Skeleton lines={8} />;
  return (
    <Page
      title={connector.data.title}
      fills
      beside={
        <>
          <ConnectorIcon connector={connector.data} size={24} />
          <CopyId value={id} />
        </>
      }
      actions={
        connector.data.docs !== undefined && (
          <a className="button" data-kind="quiet" href={connector.data.docs} target="_blank" rel="noreferrer">
            Documentation
            <Icon name="external" />
          </a>
        )
      }
    >
      <Accounts connector={connector.data} />
      {catalog.isError && <ErrorState error={catalog.error} onRetry={() => catalog.refetch()} />}
      {catalog.isPending && <Skeleton lines={8} />}
      {entries.length > 0 && <EntryGrid label="Actions and triggers" entries={entries} connectors={[connector.data]} />}
      {trigger !== undefined && (
        <TriggerDialog
          id={trigger}
          onClose={() => navigate({ to: '.', search: (before) => ({ ...before, trigger: undefined }) })}
        />
      )}
    </Page>
  );
}

function Accounts({ connector }: { connector: Connector }) {
  const { data: accounts } = useQuery(accountsQuery);
  const canConnect = useCan('POST /v1/linked_accounts');
  const own = (accounts ?? []).filter((account) => account.connector === connector.id);
  if (connector.auth.length === 0) return <p className="soft">It needs no linked account.</p>;
  return (
    <section className="row" aria-label="Linked accounts">
      {own.map(({ id, name, status }) => (
        <span key={id} className="connector-account">
          <Link to="/accounts/$id" params={{ id }} search={{}} className="clip">
            {name}
          </Link>
          <StatusBadge status={status} />
        </span>
      ))}
      {accounts !== undefined && own.length === 0 && <span className="soft">Nobody is connected yet.</span>}
      {canConnect && (
        <Link to="/accounts" search={{ dialog: 'connect', connector: connector.id }}>
          Connect account
        </Link>
      )}
    </section>
  );
}

/** What a trigger is, and what its events look like. */
function TriggerDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const trigger = useQuery({
    queryKey: ['trigger', id],
    queryFn: ({ signal }) => ask(getTrigger({ path: { id }, signal })),
  });
  const {
    title = 'Trigger',
    description,
    kind,
    examples,
  } = (trigger.data ?? {}) as {
    title?: string;
    description?: string;
    kind?: string;
    examples?: { title?: string; input?: unknown; output?: unknown }[];
  };
  const [example] = examples ?? [];
  return (
    <Dialog title={title} onClose={onClose} isWide>
      {trigger.isError && <ErrorState error={trigger.error} onRetry={() => trigger.refetch()} />}
      {trigger.isPending && <Skeleton />}
      {description !== undefined && <p>{description}</p>}
      {kind !== undefined && (
        <dl className="facts">
          <dt>ID</dt>
          <dd>
            <CopyId value={id} />
          </dd>
          <dt>Kind</dt>
          <dd>{kind}</dd>
        </dl>
      )}
      {example !== undefined && (
        <>
          <h3>Input, for example</h3>
          <JsonTree value={example.input} />
          <h3>An event of it</h3>
          <JsonTree value={example.output} />
        </>
      )}
    </Dialog>
  );
}
