import { useQuery } from '@tanstack/react-query';
import { accountsQuery } from '../../data/accounts.ts';
import { connectorsQuery } from '../../data/catalog.ts';

export interface RunAccount {
  /** Name of the account to run with; undefined while none is chosen. */
  account: string | undefined;
  /** Whether the connector needs one. */
  isNeeded: boolean;
}

/** The account of the URL where it fits the connector, else the only one that there is. */
export function useRunAccount(connector: string, chosen: string | undefined): RunAccount {
  const { data: all = [] } = useQuery(accountsQuery);
  const { data: connectors } = useQuery(connectorsQuery);
  const accounts = all.filter((account) => account.connector === connector);
  const fitting = accounts.find(({ name }) => name === chosen);
  const only = accounts.length === 1 ? accounts[0] : undefined;
  const isNeeded = (connectors?.find(({ id }) => id === connector)?.auth ?? []).length > 0;
  return { account: isNeeded ? (fitting ?? only)?.name : undefined, isNeeded };
}
