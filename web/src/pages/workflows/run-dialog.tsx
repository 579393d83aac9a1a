import { useNavigate } from '@tanstack/react-router';
import { type RunWorkflowData, runWorkflow, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import { readJsonObject } from './json-text.ts';

const FORM = 'run-workflow';

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
    <Dialog
      title="Run now"
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" type="submit" form={FORM} isPending={run.isPending}>
            Run
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={submit} error={run.error}>
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
      </Form>
    </Dialog>
  );
}
