import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { LinkedAccount } from 'penstock-client';
import { useId } from 'react';
import { Icon } from '../../components/icon.tsx';
import { Notice } from '../../components/notice.tsx';
import { lookOf } from '../../components/status-badge.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { catalogQuery } from '../../data/catalog.ts';

export interface RunAccount {
  /** Name of the account to run with; undefined while none is chosen. */
  account: string | undefined;
  accounts: readonly LinkedAccount[];
  /** Whether the connector needs one. */
  isNeeded: boolean;
}

/** The account of the URL where it fits the connector, else the only one that there is. */
export function useRunAccount(connector: string, chosen: string | undefined): RunAccount {
  const { data: all = [] } = useQuery(accountsQuery);
  const { data: catalog } = useQuery(catalogQuery);
  const accounts = all.filter((account) => account.connector === connector);
  const fitting = accounts.find(({ name }) => name === chosen);
  const only = accounts.length === 1 ? accounts[0] : undefined;
  const auth = catalog?.connectors.find(({ id }) => id === connector)?.auth ?? [];
  const isNeeded = auth.length > 0;
  return { account: isNeeded ? (fitting ?? only)?.name : undefined, accounts, isNeeded };
}

interface AccountChoiceProps {
  account: string | undefined;
  accounts: readonly LinkedAccount[];
  onChange(name: string): void;
}

/** The linked account to run with. */
export function AccountChoice({ account, accounts, onChange }: AccountChoiceProps) {
  const id = useId();
  const chosen = accounts.find(({ name }) => name === account);
  if (accounts.length === 0) {
    return (
      <Notice state="waiting">
        No account of this connector is linked. <Link to="/accounts">Connect one</Link> to run the action.
      </Notice>
    );
  }
  return (
    <div className="form-field">
      <label htmlFor={id} className="form-title">
        Linked account
      </label>
      <span className="form-select">
        <select id={id} className="input" value={account ?? ''} onChange={({ target }) => onChange(target.value)}>
          {account === undefined && <option value="">Choose an account</option>}
          {accounts.map(({ id: key, name, status }) => (
            <option key={key} value={name}>
              {status === 'active' ? name : `${name} (${lookOf(status).word})`}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
      {chosen?.paused !== undefined && <p className="field-hint">It is paused: the run waits until it is resumed.</p>}
    </div>
  );
}
