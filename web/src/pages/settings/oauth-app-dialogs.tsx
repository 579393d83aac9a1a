import { useQuery, useQueryClient } from '@tanstack/react-query';
import { deleteOauthApp, getOauthApp, type OAuthApp, type UpdateOauthAppData, updateOauthApp } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { linesOf } from '../../components/schema-fields.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';

interface AppDialogProps {
  id: string;
  onClose(): void;
}

function useApp(id: string) {
  return useQuery({ queryKey: ['oauth-app', id], queryFn: ({ signal }) => ask(getOauthApp({ path: { id }, signal })) });
}

/** What must be registered at the service, and who the app is there. */
export function AppFacts({ app }: { app: OAuthApp }) {
  return (
    <dl className="facts">
      <dt>Redirect URL</dt>
      <dd>
        <CopyId value={app.redirect_url} />
      </dd>
      <dt>Address</dt>
      <dd>{app.host}</dd>
      {app.account_id !== undefined && (
        <>
          <dt>Account</dt>
          <dd>
            <CopyId value={app.account_id} />
          </dd>
        </>
      )}
      <dt>Client id</dt>
      <dd>
        <CopyId value={app.client_id} />
      </dd>
      <dt>Client secret</dt>
      <dd>{app.confidential ? 'Stored' : 'None: a public app'}</dd>
      <dt>Scopes</dt>
      <dd>{app.scopes.join(', ')}</dd>
      {app.registration_command !== undefined && (
        <>
          <dt>Registers it</dt>
          <dd>
            <pre>{app.registration_command}</pre>
            <CopyId value={app.registration_command} label="Copy command" />
          </dd>
        </>
      )}
    </dl>
  );
}

/** Shows an app; who may, changes its name, secret, scopes and return URLs. */
export function AppDialog({ id, onClose }: AppDialogProps) {
  const app = useApp(id);
  const canChange = useCan('PATCH /v1/oauth_apps/{id}');
  if (app.data !== undefined && canChange) return <EditForm before={app.data} onClose={onClose} />;
  return (
    <Dialog
      title={app.data?.name ?? 'OAuth app'}
      isWide
      onClose={onClose}
      actions={<Button onPress={onClose}>Close</Button>}
    >
      {app.isPending && <Skeleton />}
      {app.isError && <ErrorState error={app.error} onRetry={() => app.refetch()} />}
      {app.data !== undefined && <AppFacts app={app.data} />}
    </Dialog>
  );
}

function EditForm({ before, onClose }: { before: OAuthApp; onClose: () => void }) {
  const queries = useQueryClient();
  const scopesBefore = before.scopes.filter((scope) => !before.mandatory_scopes.includes(scope)).join('\n');
  const urlsBefore = before.return_urls.join('\n');
  const [name, setName] = useState(before.name);
  const [secret, setSecret] = useState('');
  const [scopes, setScopes] = useState(scopesBefore);
  const [urls, setUrls] = useState(urlsBefore);
  const save = useAct(
    (body: UpdateOauthAppData['body'], headers) => ask(updateOauthApp({ path: { id: before.id }, body, headers })),
    async () => {
      onClose();
      for (const queryKey of [['oauth-apps'], ['oauth-app', before.id]]) await queries.invalidateQueries({ queryKey });
    },
  );
  const submit = () =>
    save.mutate({
      name: name.trim(),
      ...(secret.trim() === '' ? {} : { client_secret: secret.trim() }),
      ...(scopes === scopesBefore ? {} : { scopes: linesOf(scopes) }),
      ...(urls === urlsBefore ? {} : { return_urls: linesOf(urls) }),
    });
  return (
    <FormDialog title={before.name} isWide act="Save" request={save} onSubmit={submit} onClose={onClose}>
      <AppFacts app={before} />
      <Field label="Name" value={name} onChange={setName} pointer="/name" isRequired autoComplete="off" />
      <Field
        label="New client secret (optional)"
        type="password"
        value={secret}
        onChange={setSecret}
        hint="Empty: it stays as it is."
        pointer="/client_secret"
        autoComplete="new-password"
      />
      <Field
        label="Scopes"
        value={scopes}
        onChange={setScopes}
        hint={`One per line, beside ${before.mandatory_scopes.join(', ') || 'none'}. Known: ${before.selectable_scopes.join(', ') || 'none'}. People sign in again to get new ones.`}
        pointer="/scopes"
        isLong
        spellCheck="false"
      />
      <Field
        label="Return URLs"
        value={urls}
        onChange={setUrls}
        hint="Where logins that other programs start may lead back to, one per line."
        pointer="/return_urls"
        isLong
        spellCheck="false"
      />
    </FormDialog>
  );
}

/** Deletes an app that no authentication uses; the API refuses otherwise, and says why. */
export function DeleteAppDialog({ id, onClose }: AppDialogProps) {
  const queries = useQueryClient();
  const app = useApp(id);
  const remove = useAct(
    (_: undefined, headers) => ask(deleteOauthApp({ path: { id }, headers })),
    () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['oauth-apps'] });
    },
  );
  return (
    <ConfirmDialog
      title={`Delete ${app.data?.name ?? 'OAuth app'}`}
      act="Delete app"
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
      isPending={remove.isPending}
      isDisabled={!app.isSuccess}
      error={remove.error ?? app.error}
    >
      <p>Nobody can sign in through it any more. An app that authentications still use is not deleted.</p>
    </ConfirmDialog>
  );
}
