import { useRouter } from '@tanstack/react-router';
import { type Action, createWorkflow } from 'penstock-client';
import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
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
  return (
    <FormDialog
      title="Use in a workflow"
      act="Create workflow"
      request={create}
      onSubmit={() => create.mutate(name.trim())}
      onClose={onClose}
    >
      <p className="soft">A workflow that is disabled, with this action and what is filled in as its first step.</p>
      <Field label="Name" value={name} onChange={setName} pointer="/name" autoFocus />
    </FormDialog>
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
