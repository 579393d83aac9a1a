import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  type Authentication,
  createAuthentication,
  createLinkedAccount,
  getLinkedAccount,
  type LinkedAccount,
} from 'penstock-client';
import { useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { bodyOf, type ObjectSchema, SchemaFields, type Typed } from '../../components/schema-fields.tsx';
import { Select } from '../../components/select.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { isSignIn, kindsOf } from '../../data/connectors.ts';
import { LoginProgress } from './login-progress.tsx';
import { AppChoice, useApps } from './oauth-app-choice.tsx';
import { loginThrough, openPopup, useLogin } from './use-login.ts';

interface ConnectDialogProps {
  /** Gets another authentication; without it, a new account is made. */
  account?: LinkedAccount;
  /** Ids, from the URL. */
  connector: string | undefined;
  kind: string | undefined;
  /** The service cannot be changed. */
  isFixed?: boolean;
  onChoose(choice: { connector?: string | undefined; kind?: string | undefined }): void;
  /** In place of opening the page of the account. */
  onConnected?: (account: LinkedAccount) => void;
  onClose(): void;
}

const FORM = 'connect';

/** Connects an account: which service, which kind of login, its fields; or the sign-in of a person at the service. */
export function ConnectDialog(props: ConnectDialogProps) {
  const { account, connector: chosen, kind: chosenKind, isFixed = false, onChoose, onConnected, onClose } = props;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const connectors = useQuery(connectorsQuery);
  const services = (connectors.data ?? []).filter((each) => kindsOf(each).length > 0);
  const wanted = account?.connector ?? chosen ?? (services.length === 1 ? services[0]!.id : undefined);
  const connector = services.find(({ id }) => id === wanted);
  const kinds = kindsOf(connector);
  const kind = kinds.find(({ id }) => id === chosenKind) ?? kinds[0];
  const isLogin = kind !== undefined && isSignIn(kind);
  const apps = useApps(connector?.id);

  const [name, setName] = useState('');
  const [connection, setConnection] = useState<Typed>({});
  const [fields, setFields] = useState<Typed>({});
  const [isTested, setTested] = useState(true);
  const [app, setApp] = useState<string>();
  /** An account that was made for a sign-in that has not ended. */
  const [made, setMade] = useState<LinkedAccount>();

  const finish = async (id: string) => {
    for (const key of ['linked-accounts', 'linked-account', 'authentications']) {
      await queries.invalidateQueries({ queryKey: [key] });
    }
    if (onConnected === undefined) await navigate({ to: '/accounts/$id', params: { id }, search: {} });
    else onConnected(await ask(getLinkedAccount({ path: { id } })));
  };
  const login = useLogin((authentication: Authentication) => void finish(authentication.linked_account));
  const connectionSchema = (connector?.connection ?? {}) as ObjectSchema;
  const kindSchema = kind?.fields ?? {};
  const at = account === undefined ? '/authentication' : '';

  const given = () => ({ kind: kind!.id, ...bodyOf(kindSchema, fields), ...(isTested ? {} : { test: false }) });
  const newAccount = () => ({ name: name.trim(), connector: connector!.id, ...bodyOf(connectionSchema, connection) });
  const save = useAct(async (body: object, headers) => {
    if (account === undefined) return (await ask(createLinkedAccount({ body: body as never, headers }))).id;
    return (await ask(createAuthentication({ path: { id: account.id }, body: body as never, headers }))).linked_account;
  }, finish);
  const popup = useRef<Window | null>(null);
  const signIn = useAct(async (body: ReturnType<typeof newAccount>, headers) => {
    try {
      let target = account ?? made;
      if (target === undefined) {
        target = await ask(createLinkedAccount({ body: body as never, headers }));
        setMade(target);
        await queries.invalidateQueries({ queryKey: ['linked-accounts'] });
      }
      const wish = { ...loginThrough(apps.chosen(app)!), linked_account: target.id, name: body.name };
      await login.start(popup.current, wish);
    } catch (error) {
      popup.current?.close();
      throw error;
    }
  });
  const act = isLogin ? signIn : save;
  const submit = () => {
    if (isLogin) {
      popup.current = openPopup();
      signIn.mutate(newAccount());
    } else {
      save.mutate(
        account === undefined ? { ...newAccount(), authentication: given() } : { name: name.trim(), ...given() },
      );
    }
  };
  const close = () => {
    login.cancel();
    if (made !== undefined) void finish(made.id);
    else onClose();
  };
  const isReady = kind !== undefined && (!isLogin || apps.chosen(app) !== undefined);
  const title = account === undefined ? 'Connect account' : 'Add authentication';

  return (
    <Dialog
      title={title}
      onClose={act.isPending ? undefined : close}
      actions={
        <>
          <Button onPress={close} isDisabled={act.isPending}>
            {made === undefined ? 'Cancel' : 'Close'}
          </Button>
          {isReady && login.open === undefined && (
            <Button kind="primary" type="submit" form={FORM} isPending={act.isPending}>
              {isLogin ? 'Sign in…' : act.isPending && isTested ? 'Testing…' : 'Connect'}
            </Button>
          )}
        </>
      }
    >
      {connectors.isError && <ErrorState error={connectors.error} onRetry={() => connectors.refetch()} />}
      {connectors.isPending && <Skeleton />}
      {connectors.isSuccess && (
        <Form id={FORM} onSubmit={submit} error={act.error}>
          {account === undefined && !isFixed && services.length > 1 && (
            <Select
              label="Service"
              options={services.map(({ id, title: text }) => ({ id, text }))}
              value={connector?.id}
              onChange={(id) => {
                // A field of the same name at another service is another secret.
                setConnection({});
                setFields({});
                onChoose({ connector: id });
              }}
              pointer="/connector"
            />
          )}
          {kind !== undefined && login.open === undefined && (
            <>
              {kinds.length > 1 && (
                <RadioChoice
                  label="How to sign in"
                  options={kinds.map(({ id, title: text, description }) => ({
                    id,
                    text,
                    ...(description === undefined ? {} : { hint: description }),
                  }))}
                  value={kind.id}
                  onChange={(id) => onChoose({ connector: connector?.id, kind: id })}
                  pointer={`${at}/kind`}
                />
              )}
              <Field
                label="Name"
                value={name}
                onChange={setName}
                hint={
                  account === undefined
                    ? 'What workflows call the account. It can be changed.'
                    : 'To tell it from the other authentications of the account.'
                }
                pointer="/name"
                isRequired
                isDisabled={made !== undefined}
                autoComplete="off"
                autoFocus
              />
              {account === undefined && made === undefined && (
                <SchemaFields schema={connectionSchema} values={connection} onChange={setConnection} at="" />
              )}
              {isLogin ? (
                <AppChoice connector={connector!} apps={apps} value={app} onChange={setApp} />
              ) : (
                <>
                  <SchemaFields schema={kindSchema} values={fields} onChange={setFields} at={at} />
                  <Checkbox isSelected={isTested} onChange={setTested} pointer={`${at}/test`}>
                    Test at the service before saving
                  </Checkbox>
                </>
              )}
            </>
          )}
          {login.open !== undefined && <LoginProgress login={login.open} onAgain={submit} />}
          {made !== undefined && (
            <Notice state="waiting">The account "{made.name}" is stored. It works when somebody has signed in.</Notice>
          )}
        </Form>
      )}
    </Dialog>
  );
}
