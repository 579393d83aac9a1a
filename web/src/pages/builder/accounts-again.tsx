import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../builder/document.ts';
import { namedAccounts } from '../../builder/transfer.ts';
import { accountsQuery } from '../../data/accounts.ts';
import { Choice } from './choice.tsx';

/** Which account takes the place of which, or an empty text for none; one of the same name does so by itself. */
export type ChosenAccounts = ReadonlyMap<string, string>;

interface AccountsAgainProps {
  document: JsonObject;
  chosen: ChosenAccounts;
  onChange(chosen: ChosenAccounts): void;
}

/** The accounts that a workflow from elsewhere names, to be chosen again among those that are here. */
export function AccountsAgain({ document, chosen, onChange }: AccountsAgainProps) {
  const { data: accounts } = useQuery(accountsQuery);
  const named = namedAccounts(document);
  if (named.length === 0) return null;
  return (
    <fieldset className="group">
      <legend>Accounts</legend>
      <p className="soft small">
        The workflow names these accounts. Choose which ones it uses here; for the others choose one in the builder.
      </p>
      {named.map(({ name, connectors }) => {
        const fitting = (accounts ?? []).filter((account) => connectors.includes(account.connector));
        const own = fitting.find((account) => account.name === name || account.id === name);
        return (
          <Choice
            key={name}
            label={`In place of “${name}” (${connectors.join(', ')})`}
            value={chosen.get(name) ?? own?.name ?? ''}
            onChange={(next) => onChange(new Map([...chosen, [name, next]]))}
            options={[
              { value: '', text: 'None chosen' },
              ...fitting.map((account) => ({ value: account.name, text: account.name })),
            ]}
          />
        );
      })}
    </fieldset>
  );
}
