import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Authentication, replaceSecret } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Form } from '../../components/form.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { bodyOf, type ObjectSchema, SchemaFields, type Typed, typedOf } from '../../components/schema-fields.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { isSignIn, kindsOf, type LoginKind } from '../../data/connectors.ts';
import { invalidateAccount } from './account-changes.ts';
import { type AuthenticationDialogProps, useAuthentication } from './delete-dialogs.tsx';
import { LoginProgress } from './login-progress.tsx';
import { AppChoice, useApps } from './oauth-app-choice.tsx';
import { loginThrough, openPopup, useLogin } from './use-login.ts';

const FORM = 'reconnect';

/** Gives an authentication another secret, or signs its person in again. Its id stays, so what uses it works again. */
export function ReconnectDialog({ account, id, onClose }: AuthenticationDialogProps) {
  const connectors = useQuery(connectorsQuery);
  const authentication = useAuthentication(account.id, id);
  const connector = connectors.data?.find((each) => each.id === account.connector);
  const kind = kindsOf(connector).find((each) => each.id === authentication.data?.kind);
  const error = connectors.error ?? authentication.error;
  if (authentication.data !== undefined && connector !== undefined && kind !== undefined) {
    const parts = { authentication: authentication.data, kind, onClose };
    if (isSignIn(kind)) return <SignInAgain {...parts} connector={connector} />;
    return <NewSecret {...parts} />;
  }
  return (
    <Dialog title="Reconnect" onClose={onClose} actions={<Button onPress={onClose}>Cancel</Button>}>
      {error ? <ErrorState error={error} /> : null}
      {error === null && (authentication.isPending || connectors.isPending) && <Skeleton />}
      {authentication.isSuccess && connectors.isSuccess && (
        <p>
          The connector no longer has the kind of login that this authentication has. Add another authentication
          instead.
        </p>
      )}
    </Dialog>
  );
}

interface Parts {
  authentication: Authentication;
  kind: LoginKind;
  onClose(): void;
}

/** Only what replaces the secret: secrets, what the connector lets be replaced with them, and when it ends. */
function replacedFields({ fields = {}, replace = [] }: LoginKind): ObjectSchema {
  const all = Object.entries(fields.properties ?? {});
  const kept = all.filter(
    ([name, field]) => field.writeOnly === true || replace.includes(name) || name === 'expires_at',
  );
  const required = (fields.required ?? []).filter((name) => fields.properties?.[name]?.writeOnly === true);
  return { properties: Object.fromEntries(kept), required };
}

function NewSecret({ authentication, kind, onClose }: Parts) {
  const queries = useQueryClient();
  const schema = replacedFields(kind);
  const { expires_at: _, ...shown } = authentication;
  const [values, setValues] = useState<Typed>(() => typedOf(schema, { ...shown, ...authentication.fields }));
  const [isTested, setTested] = useState(true);
  const path = { id: authentication.linked_account, auth_id: authentication.id };
  const save = useAct(
    (body: object, headers) => ask(replaceSecret({ path, body: body as never, headers })),
    async () => {
      onClose();
      await invalidateAccount(queries);
    },
  );
  const submit = () => save.mutate({ ...bodyOf(schema, values), ...(isTested ? {} : { test: false }) });
  return (
    <FormDialog
      title={`Reconnect ${authentication.name}`}
      act={save.isPending && isTested ? 'Testing…' : 'Reconnect'}
      request={save}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="soft">
        {kind.title} at {authentication.host}. The id stays the same, so everything that uses it works again.
      </p>
      <SchemaFields schema={schema} values={values} onChange={setValues} at="" />
      <Checkbox isSelected={isTested} onChange={setTested} pointer="/test">
        Test at the service before saving
      </Checkbox>
    </FormDialog>
  );
}

function SignInAgain({
  authentication,
  connector,
  onClose,
}: Parts & { connector: Parameters<typeof AppChoice>[0]['connector'] }) {
  const queries = useQueryClient();
  const apps = useApps(connector.id);
  const [app, setApp] = useState(authentication.oauth_app);
  const login = useLogin(() => {
    onClose();
    void invalidateAccount(queries);
  });
  const start = useMutation({
    mutationFn: (popup: Window | null) =>
      login.start(popup, {
        ...loginThrough(apps.chosen(app)!),
        linked_account: authentication.linked_account,
        authentication: authentication.id,
      }),
    gcTime: 0,
  });
  const submit = () => start.mutate(openPopup());
  const close = () => {
    login.cancel();
    onClose();
  };
  const isReady = login.open === undefined && apps.chosen(app) !== undefined;
  return (
    <Dialog
      title={`Reconnect ${authentication.name}`}
      onClose={close}
      actions={
        <>
          <Button onPress={close}>Cancel</Button>
          {isReady && (
            <Button kind="primary" type="submit" form={FORM} isPending={start.isPending}>
              Sign in…
            </Button>
          )}
        </>
      }
    >
      <Form id={FORM} onSubmit={submit} error={start.error}>
        <p className="soft">
          {authentication.user_name === undefined ? 'Somebody' : authentication.user_name} signs in at{' '}
          {authentication.host} again, in a window of its own.
        </p>
        {login.open === undefined ? (
          <AppChoice connector={connector} apps={apps} value={app} onChange={setApp} />
        ) : (
          <LoginProgress login={login.open} onAgain={submit} />
        )}
      </Form>
    </Dialog>
  );
}
