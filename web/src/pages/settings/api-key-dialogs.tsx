import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type ApiKey,
  type CreateApiKeyData,
  createApiKey,
  deleteApiKey,
  getApiKey,
  type NewApiKey,
  type UpdateApiKeyData,
  updateApiKey,
} from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';

type Role = ApiKey['role'];

const ROLES: readonly { id: Role; text: string; hint: string }[] = [
  { id: 'viewer', text: 'Viewer', hint: 'Reads everything but API keys and the audit log.' },
  { id: 'operator', text: 'Operator', hint: 'Also runs, replays, cancels, approves and moves cursors.' },
  { id: 'builder', text: 'Builder', hint: 'Also makes and changes workflows and accounts.' },
  {
    id: 'admin',
    text: 'Administrator',
    hint: 'Also decides who may do so: keys, OAuth apps, endpoints, the tenant.',
  },
];

/** Creates a key and shows it once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [expires, setExpires] = useState('');
  const [made, setMade] = useState<NewApiKey>();
  const create = useAct(
    (body: CreateApiKeyData['body'], headers) => ask(createApiKey({ body, headers })),
    (key) => {
      setMade(key);
      return queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  const submit = () => {
    const end = new Date(expires);
    const expires_at = Number.isNaN(end.getTime()) ? expires : end.toISOString();
    create.mutate({ name: name.trim(), role, ...(expires === '' ? {} : { expires_at }) });
  };
  if (made !== undefined) {
    return (
      <Dialog title="API key created" actions={<Button onPress={onClose}>Done</Button>}>
        <SecretOnce label={`Key "${made.name}"`} value={made.key}>
          Copy the key now. It is shown only once; who has it may do what its role may.
        </SecretOnce>
      </Dialog>
    );
  }
  return (
    <FormDialog title="Create API key" act="Create" request={create} onSubmit={submit} onClose={onClose}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        hint="Who or what uses it. The audit log shows it."
        pointer="/name"
        isRequired
        autoFocus
        autoComplete="off"
      />
      <RadioChoice<Role> label="Role" options={ROLES} value={role} onChange={setRole} pointer="/role" />
      <Field
        label="Expires (optional)"
        type="datetime-local"
        value={expires}
        onChange={setExpires}
        hint="Local time. Empty: it does not expire."
        pointer="/expires_at"
      />
    </FormDialog>
  );
}

interface KeyDialogProps {
  id: string;
  onClose(): void;
}

/** Changes the name and role of a key; who uses it notices at the next request. */
export function EditKeyDialog({ id, isOwn, onClose }: KeyDialogProps & { isOwn: boolean }) {
  const key = useKey(id);
  if (key.data !== undefined) return <EditForm before={key.data} isOwn={isOwn} onClose={onClose} />;
  return (
    <Dialog title="Edit API key" onClose={onClose} actions={<Button onPress={onClose}>Cancel</Button>}>
      {key.isError ? <ErrorState error={key.error} onRetry={() => key.refetch()} /> : <Skeleton />}
    </Dialog>
  );
}

function EditForm({ before, isOwn, onClose }: { before: ApiKey; isOwn: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(before.name);
  const [role, setRole] = useState(before.role);
  const save = useAct(
    (body: UpdateApiKeyData['body'], headers) => ask(updateApiKey({ path: { id: before.id }, body, headers })),
    async () => {
      onClose();
      for (const queryKey of [['api-keys'], ['api-key', before.id], ['me']])
        await queries.invalidateQueries({ queryKey });
    },
  );
  const submit = () => save.mutate({ name: name.trim(), ...(role === before.role ? {} : { role }) });
  return (
    <FormDialog title={`Edit ${before.name}`} act="Save" request={save} onSubmit={submit} onClose={onClose}>
      <Field label="Name" value={name} onChange={setName} pointer="/name" isRequired autoFocus autoComplete="off" />
      {isOwn ? (
        <p className="soft">You are signed in with this key. Another administrator can change its role ({role}).</p>
      ) : (
        <RadioChoice<Role> label="Role" options={ROLES} value={role} onChange={setRole} pointer="/role" />
      )}
    </FormDialog>
  );
}

/** Asks before a key stops working. */
export function RevokeKeyDialog({ id, onClose }: KeyDialogProps) {
  const queries = useQueryClient();
  const key = useKey(id);
  const revoke = useAct(
    (_: undefined, headers) => ask(deleteApiKey({ path: { id }, headers })),
    () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  return (
    <ConfirmDialog
      title={`Revoke ${key.data?.name ?? 'API key'}`}
      act="Revoke key"
      onConfirm={() => revoke.mutate(undefined)}
      onClose={onClose}
      isPending={revoke.isPending}
      isDisabled={!key.isSuccess}
      error={revoke.error ?? key.error}
    >
      <p>
        Programs that use the key are refused at once, and browsers that signed in with it are signed out. This cannot
        be undone: create another key instead.
      </p>
    </ConfirmDialog>
  );
}

function useKey(id: string) {
  return useQuery({ queryKey: ['api-key', id], queryFn: ({ signal }) => ask(getApiKey({ path: { id }, signal })) });
}
