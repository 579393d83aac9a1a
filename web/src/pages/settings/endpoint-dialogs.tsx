import { useQueryClient } from '@tanstack/react-query';
import {
  type CreateWebhookEndpointData,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  type NewWebhookEndpoint,
  rotateWebhookEndpointSecret,
  type UpdateWebhookEndpointData,
  updateWebhookEndpoint,
  type WebhookEndpoint,
} from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { Select } from '../../components/select.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { EndpointFields, type EndpointValues } from './endpoint-form.tsx';

const DAY_SECONDS = 86_400;
const OVERLAPS = [
  { id: String(DAY_SECONDS), text: 'One day', detail: 'Deliveries are signed with both secrets meanwhile.' },
  { id: String(7 * DAY_SECONDS), text: 'Seven days', detail: 'Deliveries are signed with both secrets meanwhile.' },
  { id: '0', text: 'Not at all', detail: 'The previous secret was leaked.' },
];

/** Reads endpoints again, wherever they are shown. */
export async function invalidateEndpoints(queries: ReturnType<typeof useQueryClient>): Promise<void> {
  for (const key of ['webhook-endpoints', 'webhook-endpoint']) await queries.invalidateQueries({ queryKey: [key] });
}

/** Adds an endpoint and shows its secret once. */
export function CreateEndpointDialog({ onClose, onOpen }: { onClose: () => void; onOpen: (id: string) => void }) {
  const queries = useQueryClient();
  const [values, setValues] = useState<EndpointValues>({ url: '', types: undefined });
  const [made, setMade] = useState<NewWebhookEndpoint>();
  const create = useAct(
    (body: CreateWebhookEndpointData['body'], headers) => ask(createWebhookEndpoint({ body, headers })),
    (endpoint) => {
      setMade(endpoint);
      return invalidateEndpoints(queries);
    },
  );
  if (made !== undefined) return <SecretDialog endpoint={made} onClose={() => onOpen(made.id)} />;
  const { url, types } = values;
  const submit = () => create.mutate({ url: url.trim(), ...(types === undefined ? {} : { types: [...types] }) });
  return (
    <FormDialog title="Add webhook endpoint" act="Add" request={create} onSubmit={submit} onClose={onClose}>
      <EndpointFields values={values} onChange={setValues} />
    </FormDialog>
  );
}

function SecretDialog({ endpoint, onClose }: { endpoint: NewWebhookEndpoint; onClose: () => void }) {
  return (
    <Dialog title="Signing secret" actions={<Button onPress={onClose}>Done</Button>}>
      <SecretOnce label="Secret" value={endpoint.secret}>
        Give the secret to the server at the URL, which checks signatures with it. It is shown only once.
      </SecretOnce>
      {endpoint.old_secret_until !== undefined && (
        <p className="soft">
          The previous secret stays valid until <TimeText at={endpoint.old_secret_until} form="whole" />.
        </p>
      )}
    </Dialog>
  );
}

interface EndpointDialogProps {
  endpoint: WebhookEndpoint;
  onClose(): void;
}

/** Changes URL and events; deliveries that have begun continue as they were. */
export function EditEndpointDialog({ endpoint, onClose }: EndpointDialogProps) {
  const queries = useQueryClient();
  const [values, setValues] = useState<EndpointValues>({ url: endpoint.url, types: endpoint.types });
  const save = useAct(
    (body: UpdateWebhookEndpointData['body'], headers) =>
      ask(updateWebhookEndpoint({ path: { id: endpoint.id }, body, headers })),
    async () => {
      onClose();
      await invalidateEndpoints(queries);
    },
  );
  const { url, types } = values;
  // The URL may hide a part of itself: what was not touched is not sent back.
  const submit = () =>
    save.mutate({
      ...(url.trim() === endpoint.url ? {} : { url: url.trim() }),
      types: types === undefined ? null : [...types],
    });
  return (
    <FormDialog title="Edit webhook endpoint" act="Save" request={save} onSubmit={submit} onClose={onClose}>
      <EndpointFields values={values} onChange={setValues} />
    </FormDialog>
  );
}

/** Gives the endpoint another secret, which is shown once. */
export function NewSecretDialog({ endpoint, onClose }: EndpointDialogProps) {
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState(String(DAY_SECONDS));
  const [made, setMade] = useState<NewWebhookEndpoint>();
  const rotate = useAct(
    (overlap_seconds: number, headers) =>
      ask(rotateWebhookEndpointSecret({ path: { id: endpoint.id }, body: { overlap_seconds }, headers })),
    (changed) => {
      setMade(changed);
      return invalidateEndpoints(queries);
    },
  );
  if (made !== undefined) return <SecretDialog endpoint={made} onClose={onClose} />;
  return (
    <FormDialog
      title="New signing secret"
      act="Create new secret"
      request={rotate}
      onSubmit={() => rotate.mutate(Number(overlap))}
      onClose={onClose}
    >
      <Select
        label="The previous secret stays valid"
        options={OVERLAPS}
        value={overlap}
        onChange={setOverlap}
        pointer="/overlap_seconds"
      />
    </FormDialog>
  );
}

/** Asks before an endpoint is gone. */
export function DeleteEndpointDialog({ endpoint, onClose, onDeleted }: EndpointDialogProps & { onDeleted(): void }) {
  const queries = useQueryClient();
  const remove = useAct(
    (id: string, headers) => ask(deleteWebhookEndpoint({ path: { id }, headers })),
    () => {
      onDeleted();
      return queries.invalidateQueries({ queryKey: ['webhook-endpoints'] });
    },
  );
  return (
    <ConfirmDialog
      title="Delete webhook endpoint"
      act="Delete endpoint"
      onConfirm={() => remove.mutate(endpoint.id)}
      onClose={onClose}
      isPending={remove.isPending}
      error={remove.error}
    >
      <p>
        {endpoint.url} gets no more events, and its secret is deleted. Deliveries that have started continue. To stop
        for a while, pause it instead: then events wait.
      </p>
    </ConfirmDialog>
  );
}
