import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { getWebhookEndpoint, updateWebhookEndpoint, type WebhookEndpoint } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { FormError } from '../../components/form.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { Deliveries } from './deliveries.tsx';
import { DeleteEndpointDialog, EditEndpointDialog, invalidateEndpoints, NewSecretDialog } from './endpoint-dialogs.tsx';
import { Part } from './part.tsx';

const route = getRouteApi('/frame/settings/webhook-endpoints/$id');

/** One endpoint and what was delivered to it. */
export function WebhookEndpointSettingsPage() {
  const { id } = route.useParams();
  const endpoint = useQuery({
    queryKey: ['webhook-endpoint', id],
    queryFn: ({ signal }) => ask(getWebhookEndpoint({ path: { id }, signal })),
  });
  if (endpoint.isError) return <ErrorState error={endpoint.error} onRetry={() => endpoint.refetch()} />;
  if (endpoint.isPending) return <Skeleton />;
  return <Endpoint endpoint={endpoint.data} />;
}

function Endpoint({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { id, url, types, paused, old_secret_until, created_at } = endpoint;
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const show = (what?: string) => void navigate({ to: '.', search: ({ account }) => ({ account, dialog: what }) });
  const canChange = useCan('PATCH /v1/webhook_endpoints/{id}');
  const canRotate = useCan('POST /v1/webhook_endpoints/{id}/rotate_secret');
  const canDelete = useCan('DELETE /v1/webhook_endpoints/{id}');
  const turn = useAct(
    (isPaused: boolean, headers) => ask(updateWebhookEndpoint({ path: { id }, body: { paused: isPaused }, headers })),
    () => invalidateEndpoints(queries),
  );
  return (
    <>
      <p>
        <Link to="/settings/webhook-endpoints" search={({ account }) => ({ account })}>
          All webhook endpoints
        </Link>
      </p>
      <Part
        title={url}
        actions={
          <>
            {canChange && (
              <Button onPress={() => turn.mutate(!paused)} isPending={turn.isPending}>
                {paused ? 'Resume' : 'Pause'}
              </Button>
            )}
            {canChange && <Button onPress={() => show('edit')}>Edit…</Button>}
            {canRotate && <Button onPress={() => show('secret')}>New secret…</Button>}
            {canDelete && <Button onPress={() => show('delete')}>Delete…</Button>}
          </>
        }
      >
        <FormError error={turn.error} />
        <dl className="facts">
          <dt>State</dt>
          <dd>
            <StatusBadge status={paused ? 'paused' : 'active'} />
            {paused && <span className="soft"> Events wait until it is resumed.</span>}
          </dd>
          <dt>Events</dt>
          <dd>{types?.join(', ') ?? 'All'}</dd>
          {old_secret_until !== undefined && (
            <>
              <dt>Previous secret</dt>
              <dd>
                Valid until <TimeText at={old_secret_until} form="whole" />
              </dd>
            </>
          )}
          <dt>Id</dt>
          <dd>
            <CopyId value={id} />
          </dd>
          <dt>Created</dt>
          <dd>
            <TimeText at={created_at} form="whole" />
          </dd>
        </dl>
      </Part>
      <Deliveries endpoint={id} />
      {dialog === 'edit' && canChange && <EditEndpointDialog endpoint={endpoint} onClose={() => show()} />}
      {dialog === 'secret' && canRotate && <NewSecretDialog endpoint={endpoint} onClose={() => show()} />}
      {dialog === 'delete' && canDelete && (
        <DeleteEndpointDialog
          endpoint={endpoint}
          onClose={() => show()}
          onDeleted={() => void navigate({ to: '/settings/webhook-endpoints', search: {} })}
        />
      )}
    </>
  );
}
