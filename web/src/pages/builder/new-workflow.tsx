import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type CreateWorkflowData, createWorkflow } from 'penstock-client';
import { useState } from 'react';
import type { JsonObject } from '../../builder/document.ts';
import { EXAMPLES } from '../../builder/examples.ts';
import { TEMPLATES, type Template } from '../../builder/templates.ts';
import { importFile, withAccounts } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { Page } from '../../components/page.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { AccountsAgain, type ChosenAccounts } from './accounts-again.tsx';
import './builder.css';

const FORM = 'new-workflow';
const route = getRouteApi('/frame/workflows/new');

/** Creates a workflow: empty, from a template, or from a file. It is a draft, and nothing runs before it is published. */
export function NewWorkflowPage() {
  const { template = 'empty' } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const canCreate = useCan('POST /v1/workflows');
  const [name, setName] = useState('');
  const [file, setFile] = useState<JsonObject>();
  const [problem, setProblem] = useState<string>();
  const [accounts, setAccounts] = useState<ChosenAccounts>(new Map());
  const create = useAct(
    async (input: { name: string; document: JsonObject }, headers) => {
      const draft = { ...input.document, name: input.name, publish: false };
      return (await ask(createWorkflow({ body: draft as unknown as CreateWorkflowData['body'], headers }))).id;
    },
    (id) => {
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      void navigate({ to: '/workflows/$id/edit', params: { id }, search: {} });
    },
  );
  const chosen = file ?? [...TEMPLATES, ...EXAMPLES].find(({ id }) => id === template)?.document;
  const isFromFile = file !== undefined;
  const isComplete = chosen !== undefined && problem === undefined && name.trim() !== '';
  const submit = () => {
    if (!isComplete) return;
    create.mutate({ name: name.trim(), document: withAccounts(chosen, accounts) });
  };
  const read = async (picked: File | undefined) => {
    const imported = picked === undefined ? undefined : importFile(await picked.text());
    setProblem(imported !== undefined && 'problem' in imported ? imported.problem : undefined);
    const value = imported !== undefined && 'value' in imported ? imported.value.document : undefined;
    setFile(value);
    if (name === '' && typeof value?.name === 'string') setName(value.name);
  };
  if (!canCreate) {
    return (
      <Page title="New workflow">
        <p className="soft">The role builder is needed to create a workflow.</p>
      </Page>
    );
  }
  const choose = (id: string) =>
    void navigate({ to: '.', replace: true, search: (before) => ({ ...before, template: id }) });
  return (
    <Page title="New workflow">
      <div className="stack new-workflow">
        <Form id={FORM} onSubmit={submit} error={create.error}>
          <Field label="Name" value={name} onChange={setName} pointer="/name" isRequired autoFocus />
          <RadioChoice
            label="Start with"
            value={template}
            onChange={choose}
            options={optionsOf(TEMPLATES, isFromFile)}
          />
          <RadioChoice
            label="Or with an example"
            value={template}
            onChange={choose}
            options={optionsOf(EXAMPLES, isFromFile)}
          />
          <div className="field">
            <label htmlFor="workflow-file">Or from a file</label>
            <input
              id="workflow-file"
              type="file"
              accept="application/json,.json"
              onChange={(event) => void read(event.target.files?.[0])}
            />
            <span className="field-hint">A workflow that was exported, or one of the examples.</span>
            {problem !== undefined && <span className="field-error">{problem}</span>}
          </div>
          {chosen !== undefined && <AccountsAgain document={chosen} chosen={accounts} onChange={setAccounts} />}
        </Form>
        <div className="row">
          <Button type="submit" form={FORM} kind="primary" isDisabled={!isComplete} isPending={create.isPending}>
            Create workflow
          </Button>
        </div>
      </div>
    </Page>
  );
}

function optionsOf(templates: readonly Template[], isDisabled: boolean) {
  return templates.map(({ id, title, description }) => ({ id, text: title, hint: description, isDisabled }));
}
