import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  deleteAuthentication,
  deleteLinkedAccount,
  getAuthentication,
  type LinkedAccount,
  type LinkedAccountDeletion,
  revokeAuthentication,
} from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { invalidateAccount } from './account-changes.ts';
import { useUsage } from './usage.ts';
import { Breaks } from './used-by.tsx';

export interface AuthenticationDialogProps {
  account: LinkedAccount;
  /** Of the authentication. */
  id: string;
  onClose(): void;
}

/** The authentication that a dialog is about. */
export function useAuthentication(account: string, id: string) {
  return useQuery({
    queryKey: ['authentications', account, id],
    queryFn: ({ signal }) => ask(getAuthentication({ path: { id: account, auth_id: id }, signal })),
  });
}

interface DeleteAccountProps {
  account: LinkedAccount;
  onClose(): void;
  onDeleted(): void;
}

/** Deletes an account after saying what stops working. */
export function DeleteAccountDialog({ account, onClose, onDeleted }: DeleteAccountProps) {
  const queries = useQueryClient();
  const path = { id: account.id };
  const preview = useQuery({
    queryKey: ['linked-account', account.id, 'deletion'],
    queryFn: async ({ signal }) =>
      (await ask(deleteLinkedAccount({ path, query: { dry_run: true }, signal }))) as LinkedAccountDeletion,
    staleTime: 0,
    gcTime: 0,
  });
  const remove = useAct(
    (_: undefined, headers) => ask(deleteLinkedAccount({ path, headers })),
    async () => {
      onDeleted();
      await queries.invalidateQueries({ queryKey: ['linked-accounts'] });
    },
  );
  const found = preview.data;
  return (
    <ConfirmDialog
      title={`Delete ${account.name}`}
      act="Delete account"
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
      isPending={remove.isPending}
      isDisabled={found === undefined}
      error={remove.error}
    >
      {preview.isPending && <Skeleton />}
      {preview.isError && <ErrorState error={preview.error} onRetry={() => preview.refetch()} />}
      {found !== undefined && (
        <>
          <Breaks workflows={found.workflows} />
          <p>
            {found.authentications === 0
              ? 'It has no authentications.'
              : found.authentications === 1
                ? 'Its authentication is deleted too, with its secret.'
                : `Its ${found.authentications.toLocaleString()} authentications are deleted too, with their secrets.`}{' '}
            Its runs are kept. This cannot be undone.
          </p>
        </>
      )}
    </ConfirmDialog>
  );
}

/** Deletes an authentication after saying what stops working. */
export function DeleteAuthenticationDialog({ account, id, onClose }: AuthenticationDialogProps) {
  const queries = useQueryClient();
  const [revocation, setRevocation] = useState<string>();
  const authentication = useAuthentication(account.id, id);
  const remove = useAct(
    (_: undefined, headers) => ask(deleteAuthentication({ path: { id: account.id, auth_id: id }, headers })),
    async ({ revocation: came }) => {
      // Closed first: what is gone is not asked for again.
      if (came === 'failed') setRevocation(came);
      else onClose();
      await invalidateAccount(queries);
    },
  );
  if (revocation !== undefined) return <NotRevoked onClose={onClose} />;
  return (
    <ConfirmDialog
      title={`Delete ${authentication.data?.name ?? 'authentication'}`}
      act="Delete authentication"
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
      isPending={remove.isPending}
      isDisabled={!authentication.isSuccess}
      error={remove.error ?? authentication.error}
    >
      <DefaultLoss account={account} id={id} />
      <p>
        Workflows that name this authentication fail. A login is also revoked at the service. This cannot be undone.
      </p>
    </ConfirmDialog>
  );
}

/** What it means for an account to lose its default. */
function DefaultLoss({ account, id }: { account: LinkedAccount; id: string }) {
  const { of, query } = useUsage();
  const workflows = of(account.id);
  if (account.default_authentication !== id) return <p>Another authentication is the default of {account.name}.</p>;
  return (
    <>
      <p>
        It is the default of {account.name}. The oldest of the other authentications becomes the default; without
        another one, the account can do nothing.
      </p>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {workflows !== undefined && workflows.length > 0 && (
        <p>
          {workflows.length === 1 ? '1 workflow uses' : `${workflows.length.toLocaleString()} workflows use`} the
          account:{' '}
          {workflows
            .slice(0, 10)
            .map(({ name }) => name)
            .join(', ')}
          {workflows.length > 10 && ' and others'}.
        </p>
      )}
    </>
  );
}

/** Deletes the secret and keeps the record. */
export function RevokeDialog({ account, id, onClose }: AuthenticationDialogProps) {
  const queries = useQueryClient();
  const [revocation, setRevocation] = useState<string>();
  const authentication = useAuthentication(account.id, id);
  const revoke = useAct(
    (_: undefined, headers) => ask(revokeAuthentication({ path: { id: account.id, auth_id: id }, headers })),
    async ({ revocation: came }) => {
      if (came === 'failed') setRevocation(came);
      else onClose();
      await invalidateAccount(queries);
    },
  );
  if (revocation !== undefined) return <NotRevoked onClose={onClose} />;
  return (
    <ConfirmDialog
      title={`Revoke ${authentication.data?.name ?? 'authentication'}`}
      act="Revoke"
      onConfirm={() => revoke.mutate(undefined)}
      onClose={onClose}
      isPending={revoke.isPending}
      isDisabled={!authentication.isSuccess}
      error={revoke.error ?? authentication.error}
    >
      <p>
        Its secret is deleted, and a login is withdrawn at the service. Everything that uses it fails until somebody
        reconnects it. Its name and id stay.
      </p>
    </ConfirmDialog>
  );
}

function NotRevoked({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Not revoked at the service" onClose={onClose} actions={<Button onPress={onClose}>Close</Button>}>
      <Notice state="waiting">
        The secret is deleted here. The service did not confirm that it ended the login: end it there as well.
      </Notice>
    </Dialog>
  );
}
