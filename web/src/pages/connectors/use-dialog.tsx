import { useRouter } from '@tanstack/react-router';
import { type Action, createWorkflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ApiError, ask, errorAt } from '../../data/api-error.ts';
import type { CallToCopy } from './call-text.ts';

/** Pages of a workflow, the best first: those that the app has. */
const PAGES = ['/workflows/$id/edit', '/workflows/$id', '/workflows'] as const;

/** Makes a disabled workflow whose only step is the call of the form. */
export function UseDialog({ action, call, onClose }: { action: Action; call: CallToCopy; onClose: () => void }) {
  const router = useRouter();
  const [name, setName] = useState(action.title);
  const create = useAct(
    (text: string, headers) => ask(createWorkflow({ body: workflowOf(text, call), headers })),
    ({ id }) => {
      const known = router.routesByPath as Record<string, unknown>;
      const path = PAGES.find((page) => known[page] !== undefined) ?? '/workflows';
      return router.navigate({ href: `/app${path.replace('$id', encodeURIComponent(id))}` });
    },
  );
  const nameError = errorAt(create.error, '/name');
  const others = create.error instanceof ApiError ? (create.error.problem.errors ?? []) : [];
  return (
    <Dialog
      title="Use in a workflow"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" isPending={create.isPending} onPress={() => create.mutate(name.trim())}>
            Create workflow
          </Button>
        </>
      }
    >
      <p className="soft">A workflow that is disabled, with this action and what is filled in as its first step.</p>
      <Field label="Name" value={name} onChange={setName} error={nameError} autoFocus />
      {create.isError && nameError === undefined && <ErrorState error={create.error} />}
      {others.length > 0 && nameError === undefined && (
        <ul className="field-error">
          {others.map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              <code>{pointer}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function workflowOf(name: string, { action, account, input, options }: CallToCopy) {
  const id = action.replace(/^.*\./, '');
  return {
    name,
    enabled: false,
    trigger: { id: 'core.manual' },
    steps: [
      {
        id,
        action,
        input,
        ...(Object.keys(options).length === 0 ? {} : { options }),
        ...(account === undefined ? {} : { linked_account: account }),
      },
    ],
  };
}
