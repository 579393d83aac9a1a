import { isObject, type Place } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ApiError } from '../../data/api-error.ts';
import { useChoices } from '../../data/choices.ts';
import { withValueAt } from '../../data/pointer.ts';
import type { Schema } from '../../forms/schema.ts';
import { AccountChoice } from '../accounts/account-choice.tsx';
import { useBuilder } from './builder-context.ts';
import { useAction } from './catalog.ts';
import { SchemaEditor } from './input-editor.tsx';
import { insertTarget, targetOf } from './insert-target.ts';
import type { SqlAccount } from './sql-control.tsx';

/** A step with it uses the account with which its run is started. */
const RUN_ACCOUNT = '{{ run.linked_account }}';

/** What a step is given. An action that is gone from the connectors keeps its input as JSON. */
export function InputTab({ place }: { place: Place }) {
  const { edit, canEdit, open } = useBuilder();
  const { step, pointer } = place;
  const id = typeof step.action === 'string' ? step.action : '';
  const action = useAction(id);
  const set = (name: string, value: unknown, at = '') =>
    edit((before) => withValueAt(before, `${pointer}/${name}`, value), `${pointer}/${name}${at}`);
  const account =
    typeof step.linked_account === 'string' && !step.linked_account.includes('{{') ? step.linked_account : undefined;
  const choices = useChoices('action', id, account);
  const isGone = id === '' || (action.error instanceof ApiError && action.error.status === 404);
  if (action.isPending && id !== '') return <Skeleton />;
  if (action.isError && !isGone) return <ErrorState error={action.error} onRetry={() => action.refetch()} />;
  const connector = action.data?.connector ?? id.split('.')[0];
  return (
    <div className="stack input-tab" data-root={pointer} onFocus={(event) => noteTarget(event.target)}>
      {isGone && (
        <Notice state="failed">
          {id === '' ? 'The step has no action.' : `The action ${id} is not among the connectors.`} The input is kept.
          Remove the step, or choose another action for it.
        </Notice>
      )}
      <div className="row" data-place="/action">
        <strong>{action.data?.title ?? (id || 'No action')}</strong>
        {canEdit && (
          <Button kind="quiet" onPress={() => open('action')}>
            Change action
          </Button>
        )}
      </div>
      {action.data !== undefined && <p className="soft">{action.data.description}</p>}
      {(connector !== 'core' || step.linked_account !== undefined) && (
        <div data-place="/linked_account">
          <AccountChoice
            connector={connector}
            value={step.linked_account}
            onChange={(account) => set('linked_account', account)}
            others={[{ value: RUN_ACCOUNT, text: 'The account of the run' }]}
            isDisabled={!canEdit}
          />
        </div>
      )}
      <SchemaEditor
        key={`${place.key} ${id} input`}
        label="Input"
        schema={action.data?.input as Schema | undefined}
        value={step.input ?? {}}
        onChange={(value, at) => set('input', value, at)}
        isReadOnly={!canEdit}
        choices={choices}
        pointer={`${pointer}/input`}
        sqlAccount={sqlAccount(action.data?.connector, account)}
      />
      {(action.data?.options !== undefined || step.options !== undefined) && (
        <details open={step.options !== undefined}>
          <summary>Options of the run</summary>
          <SchemaEditor
            key={`${place.key} ${id} options`}
            label="Options"
            schema={action.data?.options as Schema | undefined}
            value={step.options ?? {}}
            onChange={(value, at) =>
              set('options', isObject(value) && Object.keys(value).length === 0 ? undefined : value, at)
            }
            isReadOnly={!canEdit}
            choices={undefined}
            pointer={`${pointer}/options`}
            hasExpressions={false}
          />
        </details>
      )}
    </div>
  );
}

/** Names of tables are read with the account that the step uses. */
export function sqlAccount(connector: string | undefined, account: unknown): SqlAccount {
  return connector === undefined || typeof account !== 'string' ? undefined : { connector, account };
}

/** Paths are inserted where one typed last. */
function noteTarget(field: Element): void {
  const target = targetOf(field);
  if (target !== undefined) insertTarget.set(target);
}
