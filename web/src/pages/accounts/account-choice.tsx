import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { useFieldError } from '../../components/form-scope.ts';
import { Icon } from '../../components/icon.tsx';
import { Skeleton } from '../../components/states.tsx';
import { lookOf } from '../../components/status-badge.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { meQuery, useCan } from '../../data/me.ts';

const ConnectDialog = lazy(() => import('./connect-dialog.tsx').then((module) => ({ default: module.ConnectDialog })));

interface AccountChoiceProps {
  connector: string | undefined;
  /** Name or id of an account, or one of `others`. */
  value: unknown;
  onChange(value: string | undefined): void;
  /** What can be chosen beside the accounts. */
  others?: readonly { value: string; text: string }[];
  isDisabled?: boolean;
  /** JSON pointer of the account in the body of the request: what the API says of it stands here. */
  pointer?: string;
}

/**
 * The linked account of an action, a step or a trigger. An account that does not exist stays shown until another is chosen; one
 * that is connected from here is chosen at once, and nothing around it is lost.
 */
export function AccountChoice(props: AccountChoiceProps) {
  const { connector, value, onChange, others = [], isDisabled = false, pointer } = props;
  const id = useId();
  const refused = useFieldError(pointer);
  const { data: accounts } = useQuery(accountsQuery);
  const canConnect = useCan('POST /v1/linked_accounts');
  const { data: me } = useQuery(meQuery);
  const [isConnecting, setConnecting] = useState(false);
  const [kind, setKind] = useState<string>();
  const own = (accounts ?? []).filter((account) => account.connector === connector);
  const given = typeof value === 'string' ? value : '';
  const chosen = own.find((account) => account.id === given || account.name === given);
  const shown = chosen?.name ?? given;
  const isOther = others.some((other) => other.value === shown);
  const isGone = shown !== '' && accounts !== undefined && chosen === undefined && !isOther;
  const close = () => {
    setConnecting(false);
    setKind(undefined);
  };
  return (
    <div className="form-field">
      <label htmlFor={id} className="form-title">
        Linked account
      </label>
      <span className="form-select">
        <select
          id={id}
          className="input"
          value={shown}
          disabled={isDisabled}
          aria-invalid={isGone || refused !== undefined || undefined}
          aria-describedby={refused === undefined ? undefined : `${id}-error`}
          onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
        >
          <option value="">Choose an account</option>
          {shown !== '' && chosen === undefined && !isOther && <option value={shown}>{shown}</option>}
          {own.map(({ id: key, name, status }) => (
            <option key={key} value={name}>
              {status === 'active' ? name : `${name} (${lookOf(status).word})`}
            </option>
          ))}
          {others.map((other) => (
            <option key={other.value} value={other.value}>
              {other.text}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
      {isGone && <p className="field-error">No account of this connector is named "{shown}". Choose another one.</p>}
      {refused !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {refused}
        </p>
      )}
      {chosen?.paused !== undefined && (
        <p className="field-hint">The account is paused. Runs wait until it is resumed.</p>
      )}
      {accounts !== undefined && own.length === 0 && (
        <p className="field-hint">No account of this connector is linked.</p>
      )}
      {canConnect && !isDisabled && (
        <div className="row">
          <Button kind="quiet" icon="plus" onPress={() => setConnecting(true)}>
            Connect account
          </Button>
        </div>
      )}
      {!canConnect && me !== undefined && (
        <p className="field-hint">To connect an account, you need the role builder. Yours is {me.role}.</p>
      )}
      {isConnecting && (
        <Suspense fallback={<Skeleton />}>
          <ConnectDialog
            connector={connector}
            kind={kind}
            isFixed
            onChoose={(choice) => setKind(choice.kind)}
            onConnected={({ name }) => {
              close();
              onChange(name);
            }}
            onClose={close}
          />
        </Suspense>
      )}
    </div>
  );
}
