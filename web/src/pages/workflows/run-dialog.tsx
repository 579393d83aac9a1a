import { useNavigate } from '@tanstack/react-router';
import { type RunWorkflowData, runWorkflow, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import { readJsonObject } from './json-text.ts';

/** Starts a workflow with an input, and leads to the run. */
export function RunDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const navigate = useNavigate();
  const [input, setInput] = useState('{}');
  const [account, setAccount] = useState('');
  const [problem, setProblem] = useState<string>();
  const takesAccount = /\brun\.linked_account\b/.test(stringifyExact([workflow.steps, workflow.on_failure]));
  const run = useAct(
    (body: string, headers) =>
      ask(
        runWorkflow({
          path: { id: workflow.id },
          body: {} as RunWorkflowData['body'],
          bodySerializer: () => body,
          headers,
        }),
      ),
    (made) => made.kind !== 'tick' && navigate({ to: '/runs/$id', params: { id: made.id } }),
  );
  const submit = () => {
    const read = readJsonObject(input);
    setProblem('problem' in read ? read.problem : undefined);
    if ('problem' in read) return;
    const chosen = account.trim() === '' ? '' : `,"linked_account":${stringifyExact(account.trim())}`;
    run.mutate(`{"input":${read.text}${chosen}}`);
  };
  return (
    <FormDialog title="Run now" isWide act="Run" request={run} onSubmit={submit} onClose={onClose}>
      <Field
        label="Input"
        hint="A JSON object. Steps read it as trigger."
        value={input}
        onChange={setInput}
        error={problem}
        pointer="/input"
        isLong
        spellCheck="false"
        autoFocus
      />
      {takesAccount && (
        <Field
          label="Linked account"
          hint="Name or id, for the steps that use the account of the run."
          value={account}
          onChange={setAccount}
          pointer="/linked_account"
        />
      )}
    </FormDialog>
  );
}
