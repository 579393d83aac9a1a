import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { accountsQuery } from '../../data/accounts.ts';
import { Choice } from './choice.tsx';

/** A step with it uses the account with which its run is started. */
const RUN_ACCOUNT = '{{ run.linked_account }}';

interface AccountChoiceProps {
  connector: string | undefined;
  value: unknown;
  onChange(value: string | undefined): void;
  /** A step can use the account of its run; a trigger cannot. */
  canFollowRun: boolean;
  isDisabled: boolean;
}

/** The linked account of a step or trigger; an account that does not exist here stays shown until another is chosen. */
export function AccountChoice({ connector, value, onChange, canFollowRun, isDisabled }: AccountChoiceProps) {
  const { data: accounts } = useQuery(accountsQuery);
  if (connector === 'core' && value === undefined) return null;
  const own = (accounts ?? []).filter((account) => account.connector === connector);
  const shown =
    typeof value === 'string' ? (own.find(({ id, name }) => value === id || value === name)?.name ?? value) : '';
  const isGone =
    shown !== '' && shown !== RUN_ACCOUNT && accounts !== undefined && !own.some(({ name }) => name === shown);
  return (
    <div className="stack-tight">
      <Choice
        label="Linked account"
        value={shown}
        isDisabled={isDisabled}
        onChange={(name) => onChange(name === '' ? undefined : name)}
        options={[
          { value: '', text: 'None chosen' },
          ...own.map(({ name }) => ({ value: name, text: name })),
          ...(canFollowRun ? [{ value: RUN_ACCOUNT, text: 'The account of the run' }] : []),
        ]}
      />
      {isGone && <p className="field-error">There is no account “{shown}” of this connector. Choose another one.</p>}
      {accounts !== undefined && own.length === 0 && (
        <p className="small">
          No account of this connector is linked. <Link to="/accounts">Connect account</Link>
        </p>
      )}
    </div>
  );
}
