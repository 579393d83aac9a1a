import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type LinkedAccount, updateLinkedAccount } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { bodyOf, type ObjectSchema, SchemaFields, type Typed, typedOf } from '../../components/schema-fields.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { invalidateAccount } from './account-changes.ts';
import { metadataOf, metadataText } from './metadata.ts';

const LIMITS: ObjectSchema = {
  properties: {
    per_second: { title: 'Requests per second', type: 'number', description: 'Empty: the limit of the connector.' },
    concurrent: {
      title: 'Requests at the same time',
      type: 'integer',
      description: 'Empty: the limit of the connector.',
    },
  },
};

/** Changes the name, the fields of the connector and the limits of an account. */
export function EditAccountDialog({ account, onClose }: { account: LinkedAccount; onClose: () => void }) {
  const connectors = useQuery(connectorsQuery);
  if (connectors.isSuccess) {
    const connector = connectors.data.find(({ id }) => id === account.connector);
    return <EditForm account={account} schema={(connector?.connection ?? {}) as ObjectSchema} onClose={onClose} />;
  }
  return (
    <Dialog title={`Edit ${account.name}`} onClose={onClose} actions={<Button onPress={onClose}>Cancel</Button>}>
      {connectors.isError ? <ErrorState error={connectors.error} onRetry={() => connectors.refetch()} /> : <Skeleton />}
    </Dialog>
  );
}

function EditForm({ account, schema, onClose }: { account: LinkedAccount; schema: ObjectSchema; onClose: () => void }) {
  const queries = useQueryClient();
  const before = typedOf(schema, account);
  const limitsBefore = typedOf(LIMITS, account.limits ?? {});
  const [name, setName] = useState(account.name);
  const [fields, setFields] = useState<Typed>(before);
  const [limits, setLimits] = useState<Typed>(limitsBefore);
  const metadataBefore = metadataText(account.metadata);
  const [metadata, setMetadata] = useState(metadataBefore ?? '');
  const save = useAct(
    (body: object, headers) => ask(updateLinkedAccount({ path: { id: account.id }, body: body as never, headers })),
    async () => {
      onClose();
      await invalidateAccount(queries);
    },
  );
  const submit = () =>
    save.mutate({
      name: name.trim(),
      ...changedBody(schema, fields, before),
      ...(changed(limits, limitsBefore).length > 0 ? { limits: bodyOf(LIMITS, limits) } : {}),
      ...(metadataBefore === undefined || metadata === metadataBefore ? {} : { metadata: metadataOf(metadata) }),
    });
  return (
    <FormDialog title={`Edit ${account.name}`} act="Save" request={save} onSubmit={submit} onClose={onClose}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        hint="Workflows refer to the account by its id, so they continue to work. Scripts that use the name need the new one."
        pointer="/name"
        isRequired
        autoComplete="off"
      />
      <SchemaFields schema={schema} values={fields} onChange={setFields} at="" />
      <SchemaFields schema={LIMITS} values={limits} onChange={setLimits} at="/limits" />
      {metadataBefore !== undefined && (
        <Field
          label="Metadata (optional)"
          value={metadata}
          onChange={setMetadata}
          hint="Your own values, one per line: customer=42"
          pointer="/metadata"
          isLong
          spellCheck="false"
        />
      )}
    </FormDialog>
  );
}

/** The fields that differ; one that was emptied is sent as an empty text, for the API to say whether that is allowed. */
function changedBody(schema: ObjectSchema, now: Typed, before: Typed): Record<string, unknown> {
  const body = bodyOf(schema, now);
  return Object.fromEntries(changed(now, before).map((name) => [name, body[name] ?? '']));
}

function changed(now: Typed, before: Typed): string[] {
  return Object.keys(now).filter((name) => now[name] !== (before[name] ?? ''));
}
