import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createOauthApp, listOauthAppTemplates, type OAuthApp } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { bodyOf, type ObjectSchema, SchemaFields, type Typed } from '../../components/schema-fields.tsx';
import { Select } from '../../components/select.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { isSignIn, kindsOf } from '../../data/connectors.ts';
import { AppFacts } from './oauth-app-dialogs.tsx';

const TITLE = 'Add OAuth app';

interface CreateAppDialogProps {
  /** Id of the connector that the link to this dialog was about. */
  connector: string | undefined;
  onClose(): void;
}

/** Stores an OAuth app: first what is to be registered at the service, then what the service gave for it. */
export function CreateAppDialog({ connector, onClose }: CreateAppDialogProps) {
  const queries = useQueryClient();
  const templates = useQuery({
    queryKey: ['oauth-app-templates'],
    queryFn: ({ signal }) => ask(listOauthAppTemplates({ query: { limit: 200 }, signal })),
  });
  const { data: connectors } = useQuery(connectorsQuery);
  const [chosen, setChosen] = useState(connector);
  const [values, setValues] = useState<Typed>({});
  const [made, setMade] = useState<OAuthApp>();
  const items = templates.data?.items ?? [];
  const template = items.find(({ id }) => id === chosen) ?? items[0];
  const login = kindsOf(connectors?.find(({ id }) => id === template?.id)).find(isSignIn);
  const schema = appSchema(login?.fields, template?.selectable_scopes ?? []);
  const create = useAct(
    (body: object, headers) => ask(createOauthApp({ body: body as never, headers })),
    (app) => {
      setMade(app);
      setValues({});
      return queries.invalidateQueries({ queryKey: ['oauth-apps'] });
    },
  );
  if (made !== undefined) {
    return (
      <Dialog title="OAuth app added" isWide onClose={onClose} actions={<Button onPress={onClose}>Done</Button>}>
        <Notice state="succeeded">
          People can sign in through "{made.name}" when this is registered at the service.
        </Notice>
        <AppFacts app={made} />
      </Dialog>
    );
  }
  if (template === undefined) {
    return (
      <Dialog title={TITLE} onClose={onClose} actions={<Button onPress={onClose}>Cancel</Button>}>
        {templates.isPending && <Skeleton />}
        {templates.isError && <ErrorState error={templates.error} onRetry={() => templates.refetch()} />}
        {templates.isSuccess && <p>No connector of this server lets people sign in.</p>}
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={TITLE}
      act="Add"
      request={create}
      onSubmit={() => create.mutate({ template: template.id, ...bodyOf(schema, values) })}
      onClose={onClose}
    >
      {items.length > 1 && (
        <Select
          label="Service"
          options={items.map(({ id, title: text }) => ({ id, text }))}
          value={template.id}
          onChange={setChosen}
          pointer="/template"
        />
      )}
      <Notice state="waiting">
        <p>First, register an app at {template.title} with this redirect URL:</p>
        <CopyId value={template.redirect_url} />
      </Notice>
      <SchemaFields schema={schema} values={values} onChange={setValues} at="" />
    </FormDialog>
  );
}

/** The body of an app: what its login needs, and what the service gave for it. */
function appSchema(own: ObjectSchema | undefined, scopes: readonly string[]): ObjectSchema {
  return {
    required: ['name', 'client_id', ...(own?.required ?? [])],
    properties: {
      name: { title: 'Name', type: 'string', description: 'What people choose when they sign in.' },
      ...own?.properties,
      client_id: { title: 'Client id', type: 'string' },
      ...secretAndScopes(scopes),
    },
  };
}

function secretAndScopes(scopes: readonly string[]): NonNullable<ObjectSchema['properties']> {
  return {
    client_secret: {
      title: 'Client secret',
      type: 'string',
      writeOnly: true,
      description: 'Of a confidential app. It is stored encrypted and never shown.',
    },
    scopes: { title: 'Scopes', type: 'array', description: scopesHint(scopes), 'x-ui': { level: 'advanced' } },
    return_urls: {
      title: 'Return URLs',
      type: 'array',
      description: 'Where logins that other programs start may lead back to.',
      'x-ui': { level: 'advanced' },
    },
  };
}

/** What can be asked for. */
function scopesHint(scopes: readonly string[]): string {
  return scopes.length === 0 ? 'Empty: the usual ones.' : `Empty: the usual ones. Known: ${scopes.join(', ')}.`;
}
