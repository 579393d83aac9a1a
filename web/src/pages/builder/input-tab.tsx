import type { Place } from '../../builder/document.ts';
import { withValueAt } from '../../builder/pointers.ts';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ApiError } from '../../data/api-error.ts';
import { AccountChoice } from './account-choice.tsx';
import { useBuilder } from './builder-context.ts';
import { useAction } from './catalog.ts';
import { InputEditor } from './input-editor.tsx';

/** What a step is given. An action that is gone from the catalogue keeps its input as JSON. */
export function InputTab({ place }: { place: Place }) {
  const { edit, canEdit } = useBuilder();
  const { step, pointer } = place;
  const id = typeof step.action === 'string' ? step.action : '';
  const action = useAction(id);
  const set = (name: string, value: unknown) =>
    edit((before) => withValueAt(before, `${pointer}/${name}`, value), `${pointer}/${name}`);
  const isGone = id === '' || (action.error instanceof ApiError && action.error.status === 404);
  if (action.isPending && id !== '') return <Skeleton />;
  if (action.isError && !isGone) return <ErrorState error={action.error} onRetry={() => action.refetch()} />;
  return (
    <div className="stack">
      {isGone && (
        <Notice state="failed">
          {id === '' ? 'The step has no action.' : `The action ${id} is not in the catalogue.`} The input is kept.
          Remove the step, or choose another action for it.
        </Notice>
      )}
      {action.data !== undefined && <p className="soft">{action.data.description}</p>}
      <AccountChoice
        connector={action.data?.connector ?? id.split('.')[0]}
        value={step.linked_account}
        onChange={(account) => set('linked_account', account)}
        canFollowRun
        isDisabled={!canEdit}
      />
      <InputEditor
        key={`${place.key} input`}
        label="Input as JSON"
        value={step.input ?? {}}
        onChange={(value) => set('input', value)}
        isReadOnly={!canEdit}
      />
      {(action.data?.options !== undefined || step.options !== undefined) && (
        <details open={step.options !== undefined}>
          <summary>Options of the run</summary>
          <InputEditor
            key={`${place.key} options`}
            label="Options as JSON"
            value={step.options ?? {}}
            onChange={(value) => set('options', value)}
            isReadOnly={!canEdit}
          />
        </details>
      )}
    </div>
  );
}
