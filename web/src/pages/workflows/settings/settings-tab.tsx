import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getWorkflow, patchWorkflow, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Field } from '../../../components/field.tsx';
import { Form } from '../../../components/form.tsx';
import { Notice } from '../../../components/notice.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { useAct } from '../../../data/act.ts';
import { ApiError, ask } from '../../../data/api-error.ts';
import { triggersQuery } from '../../../data/catalog.ts';
import { useCan } from '../../../data/me.ts';
import { draftQuery } from '../versions/draft-notice.tsx';
import { DeleteWorkflow } from './delete-workflow.tsx';
import { WebhookUrl } from './webhook-url.tsx';

const FORM = 'workflow-settings';

/** What a workflow is called, its URL, and its end. */
export function SettingsTab({ workflow }: { workflow: Workflow }) {
  const { data: triggers } = useQuery(triggersQuery);
  const kind = triggers?.find(({ id }) => id === workflow.trigger.id)?.kind;
  return (
    <>
      <General workflow={workflow} />
      {kind === 'webhook' && <WebhookUrl workflow={workflow} />}
      <section className="section" aria-labelledby="about">
        <div className="section-head">
          <h2 id="about">About</h2>
        </div>
        <dl className="facts">
          <dt>Created</dt>
          <dd>
            <TimeText at={workflow.created_at} form="whole" />
          </dd>
          <dt>Changed</dt>
          <dd>
            <TimeText at={workflow.updated_at} form="whole" />
          </dd>
          <dt>Events for webhook endpoints</dt>
          <dd>{(workflow.notify ?? ['failed']).map((end) => `run.${end}`).join(', ') || 'None'}</dd>
          <dt>Time limit of a run</dt>
          <dd>
            {workflow.timeout_seconds === undefined ? 'None' : `${workflow.timeout_seconds.toLocaleString()} seconds`}
          </dd>
          {workflow.concurrency_key !== undefined && (
            <>
              <dt>Concurrency key</dt>
              <dd>
                <code>{workflow.concurrency_key}</code>
              </dd>
            </>
          )}
          {workflow.secrets !== undefined && (
            <>
              <dt>Secrets</dt>
              <dd>{Object.keys(workflow.secrets).join(', ') || 'None'}</dd>
            </>
          )}
        </dl>
      </section>
      <DeleteWorkflow workflow={workflow} />
    </>
  );
}

interface Described {
  name: string;
  description: string;
}

function General({ workflow }: { workflow: Workflow }) {
  const { id } = workflow;
  const queries = useQueryClient();
  const canEdit = useCan('PATCH /v1/workflows/{id}');
  const draft = useQuery(draftQuery(id));
  const [typed, setTyped] = useState<Partial<Described>>({});
  const value: Described = { name: workflow.name, description: workflow.description ?? '', ...typed };
  const isChanged = value.name !== workflow.name || value.description !== (workflow.description ?? '');
  const save = useAct(
    async (patch: Partial<Described>) => {
      // The entity tag of what this page shows: a change of somebody else since then is not overwritten.
      const headers = { 'If-Match': await etagOf(workflow) };
      return ask(patchWorkflow({ path: { id }, body: patch, headers }));
    },
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow'] });
      await queries.invalidateQueries({ queryKey: ['workflows'] });
      setTyped({});
    },
  );
  const submit = () =>
    save.mutate({
      ...(value.name === workflow.name ? {} : { name: value.name.trim() }),
      ...(value.description === (workflow.description ?? '') ? {} : { description: value.description }),
    });
  return (
    <section className="section prose" aria-labelledby="general">
      <div className="section-head">
        <h2 id="general">General</h2>
      </div>
      <Form id={FORM} onSubmit={submit} error={save.error}>
        {draft.data != null && (
          <Notice state="waiting">
            There is a draft. It keeps the name and description that it has, and brings them with it when it is
            published.
          </Notice>
        )}
        <Field
          label="Name"
          hint="Unique. Steps, scripts and links that use the old name must be changed."
          value={value.name}
          onChange={(name) => setTyped({ ...typed, name })}
          pointer="/name"
          isDisabled={!canEdit}
          isRequired
        />
        <Field
          label="Description"
          value={value.description}
          onChange={(description) => setTyped({ ...typed, description })}
          pointer="/description"
          isDisabled={!canEdit}
          isLong
        />
      </Form>
      {canEdit && (
        <div className="row">
          <Button
            kind="primary"
            type="submit"
            form={FORM}
            isPending={save.isPending}
            isDisabled={!isChanged || value.name.trim() === ''}
          >
            Save
          </Button>
          <span role="status" className="soft">
            {save.isSuccess && !isChanged ? 'Saved as a new version.' : ''}
          </span>
        </div>
      )}
    </section>
  );
}

/** @throws ApiError where the workflow is another than the one that is shown */
async function etagOf(shown: Workflow): Promise<string> {
  const answer = await getWorkflow({ path: { id: shown.id } });
  const now = await ask(Promise.resolve(answer));
  if (now.updated_at !== shown.updated_at || now.latest !== shown.latest) {
    throw new ApiError(409, {
      title: 'The workflow was changed meanwhile',
      detail: 'Somebody published or saved another version since this page was loaded.',
      hint: 'Reload the page to see it, then change the name again.',
    });
  }
  return answer.response?.headers.get('etag') ?? '';
}
