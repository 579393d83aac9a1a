import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { listWebhookEndpoints, type WebhookEndpoint } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { CreateEndpointDialog } from './endpoint-dialogs.tsx';
import { Part } from './part.tsx';

const route = getRouteApi('/frame/settings/webhook-endpoints');

const COLUMNS: readonly Column<WebhookEndpoint>[] = [
  {
    id: 'state',
    header: 'State',
    width: '7rem',
    cell: ({ paused }) => <StatusBadge status={paused ? 'paused' : 'active'} />,
  },
  {
    id: 'url',
    header: 'URL',
    width: 'minmax(0, 3fr)',
    cell: ({ id, url }) => (
      <Link to="/settings/webhook-endpoints/$id" params={{ id }} search={{}} tabIndex={-1}>
        {url}
      </Link>
    ),
  },
  {
    id: 'types',
    header: 'Events',
    width: 'minmax(0, 2fr)',
    isWide: true,
    cell: ({ types }) => types?.join(', ') ?? 'All',
  },
  {
    id: 'created',
    header: 'Created',
    width: '8rem',
    align: 'end',
    isWide: true,
    cell: ({ created_at }) => <TimeText at={created_at} />,
  },
];

/** URLs that get the events of the tenant. */
export function WebhookEndpointSettings() {
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const list = useList(['webhook-endpoints'], (cursor, signal) =>
    ask(listWebhookEndpoints({ query: { cursor }, signal })),
  );
  const canCreate = useCan('POST /v1/webhook_endpoints');
  const show = (what?: string) =>
    void navigate({ to: '/settings/webhook-endpoints', search: ({ account }) => ({ account, dialog: what }) });
  const open = (id: string) => void navigate({ to: '/settings/webhook-endpoints/$id', params: { id }, search: {} });
  const button = canCreate && (
    <Button kind="primary" icon="plus" onPress={() => show('create')}>
      Add endpoint
    </Button>
  );
  return (
    <Part title="Webhook endpoints" fills actions={list.rows.length > 0 && button}>
      <ListGrid
        label="Webhook endpoints"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        onOpen={({ id }) => open(id)}
        empty={
          <EmptyState title="No webhook endpoints yet" actions={button}>
            An endpoint is told of failed runs, late triggers, approvals that wait and authentications that expire, by
            signed requests.
          </EmptyState>
        }
      />
      {dialog === 'create' && canCreate && <CreateEndpointDialog onClose={() => show()} onOpen={open} />}
    </Part>
  );
}
