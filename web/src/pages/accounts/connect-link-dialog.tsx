import { useQuery } from '@tanstack/react-query';
import { type ConnectLink, type CreateConnectLinkData, createConnectLink, type LinkedAccount } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { Select } from '../../components/select.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { oauthAppsQuery } from '../../data/connectors.ts';

type Body = CreateConnectLinkData['body'];

const NO_APP = 'none';
const LIVES = [
  { id: '3600', text: 'One hour' },
  { id: '14400', text: 'Four hours' },
  { id: '86400', text: 'One day' },
];

/** A link for somebody without an API key, who then connects this account once. It is shown once. */
export function ConnectLinkDialog({ account, onClose }: { account: LinkedAccount; onClose: () => void }) {
  const { data: apps = [] } = useQuery(oauthAppsQuery);
  const [app, setApp] = useState(NO_APP);
  const [seconds, setSeconds] = useState('3600');
  const [link, setLink] = useState<ConnectLink>();
  const own = apps.filter(({ template }) => template === account.connector);
  const create = useAct(
    (body: Body, headers) => ask(createConnectLink({ body, headers })),
    (made) => setLink(made),
  );
  const submit = () =>
    create.mutate({
      linked_account: account.id,
      expires_in_seconds: Number(seconds),
      ...(app === NO_APP ? {} : { oauth_app: app }),
    });
  if (link !== undefined) {
    return (
      <Dialog title="Connect link" onClose={onClose} actions={<Button onPress={onClose}>Done</Button>}>
        <SecretOnce label="Link" value={link.url}>
          Send it to the person who signs in. It is shown only once and works once.
        </SecretOnce>
        <p className="soft">
          Expires <TimeText at={link.expires_at} form="whole" />
        </p>
      </Dialog>
    );
  }
  return (
    <FormDialog title="Connect link" act="Create link" request={create} onSubmit={submit} onClose={onClose}>
      <p>
        Somebody without an API key opens the link and gives {account.name} an authentication. You do not see the
        secret.
      </p>
      <Select
        label="Sign-in"
        options={[
          { id: NO_APP, text: 'By a token or a secret only' },
          ...own.map(({ id, name }) => ({ id, text: `Also through ${name}` })),
        ]}
        value={app}
        onChange={setApp}
        pointer="/oauth_app"
      />
      <Select
        label="Expires after"
        options={LIVES}
        value={seconds}
        onChange={setSeconds}
        pointer="/expires_in_seconds"
      />
    </FormDialog>
  );
}
