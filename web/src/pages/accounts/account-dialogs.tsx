import { useNavigate } from '@tanstack/react-router';
import type { LinkedAccount } from 'penstock-client';
import { useCan } from '../../data/me.ts';
import type { ShowDialog } from './account-changes.ts';
import { ConnectDialog } from './connect-dialog.tsx';
import { ConnectLinkDialog } from './connect-link-dialog.tsx';
import { DeleteAccountDialog, DeleteAuthenticationDialog, RevokeDialog } from './delete-dialogs.tsx';
import { EditAccountDialog } from './edit-dialog.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { ReconnectDialog } from './reconnect-dialog.tsx';
import { WorkspacesDialog } from './workspaces-dialog.tsx';

interface AccountDialogsProps {
  account: LinkedAccount;
  search: { dialog?: string; kind?: string; authentication?: string };
  onShow: ShowDialog;
}

const ONE = '/v1/linked_accounts/{id}';
const AUTH = `${ONE}/authentications/{auth_id}`;
/** What a dialog is for; one that may not be used does not open. */
const ROUTES: Readonly<Record<string, string>> = {
  add: `POST ${ONE}/authentications`,
  edit: `PATCH ${ONE}`,
  pause: `POST ${ONE}/pause`,
  link: 'POST /v1/connect_links',
  delete: `DELETE ${ONE}`,
  reconnect: `PUT ${AUTH}`,
  revoke: `POST ${AUTH}/revoke`,
  'delete-authentication': `DELETE ${AUTH}`,
  workspaces: `GET ${AUTH}/workspaces`,
};

/** The dialog that the URL names. */
export function AccountDialogs({
  account,
  search: { dialog = '', kind, authentication },
  onShow,
}: AccountDialogsProps) {
  const navigate = useNavigate();
  const isAllowed = useCan(ROUTES[dialog] ?? 'none');
  if (!isAllowed) return null;
  const close = () => void onShow();
  switch (dialog) {
    case 'add':
      return (
        <ConnectDialog
          account={account}
          connector={account.connector}
          kind={kind}
          onChoose={(choice) => onShow('add', choice.kind === undefined ? {} : { kind: choice.kind })}
          onClose={close}
        />
      );
    case 'edit':
      return <EditAccountDialog account={account} onClose={close} />;
    case 'pause':
      return <PauseDialog account={account} onClose={close} />;
    case 'link':
      return <ConnectLinkDialog account={account} onClose={close} />;
    case 'delete':
      return (
        <DeleteAccountDialog
          account={account}
          onClose={close}
          onDeleted={() => navigate({ to: '/accounts', search: {} })}
        />
      );
  }
  if (authentication === undefined) return null;
  const of = { account, id: authentication, onClose: close };
  switch (dialog) {
    case 'reconnect':
      return <ReconnectDialog {...of} />;
    case 'revoke':
      return <RevokeDialog {...of} />;
    case 'delete-authentication':
      return <DeleteAuthenticationDialog {...of} />;
    case 'workspaces':
      return <WorkspacesDialog {...of} />;
  }
  return null;
}
