import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { getTenant, type Tenant, type UpdateTenantData, updateTenant } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { Field } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { linesOf } from '../../components/schema-fields.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { meQuery, useCan } from '../../data/me.ts';
import { Part } from './part.tsx';
import { Quotas } from './quotas.tsx';

const route = getRouteApi('/frame/settings/tenant');

/** The tenant: its rules, and how much of what it may have. */
export function TenantSettings() {
  const { dialog } = route.useSearch();
  const navigate = route.useNavigate();
  const tenant = useQuery({ queryKey: ['tenant'], queryFn: ({ signal }) => ask(getTenant({ signal })) });
  const { data: me } = useQuery(meQuery);
  const canChange = useCan('PATCH /v1/tenant');
  const show = (what?: string) => void navigate({ search: ({ account }) => ({ account, dialog: what }) });
  if (tenant.isError) return <ErrorState error={tenant.error} onRetry={() => tenant.refetch()} />;
  if (tenant.isPending) return <Skeleton />;
  const { id, name, one_account_per_workspace, require_warehouse, return_urls, quotas } = tenant.data;
  return (
    <>
      <Part title="Tenant" actions={canChange && <Button onPress={() => show('edit')}>Edit…</Button>}>
        <dl className="facts">
          <dt>Name</dt>
          <dd>{name}</dd>
          <dt>Id</dt>
          <dd>
            <CopyId value={id} />
          </dd>
          <dt>A workspace belongs to one account only</dt>
          <dd>{one_account_per_workspace ? 'Yes' : 'No'}</dd>
          <dt>An account must name a warehouse</dt>
          <dd>{require_warehouse ? 'Yes' : 'No'}</dd>
          <dt>Connect links may lead back to</dt>
          <dd>{return_urls.length === 0 ? 'Nowhere' : return_urls.map((url) => <div key={url}>{url}</div>)}</dd>
          <dt>Signed in with the API key</dt>
          <dd>
            {me?.key.name} ({me?.role})
          </dd>
        </dl>
      </Part>
      <Part title="Quotas">
        <Quotas quotas={quotas} />
      </Part>
      {dialog === 'edit' && canChange && <EditTenantDialog before={tenant.data} onClose={() => show()} />}
    </>
  );
}

/** Changes the name and the rules of the tenant. */
export function EditTenantDialog({ before, onClose }: { before: Tenant; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(before.name);
  const [isOnce, setOnce] = useState(before.one_account_per_workspace);
  const [needsWarehouse, setNeedsWarehouse] = useState(before.require_warehouse);
  const [urls, setUrls] = useState(before.return_urls.join('\n'));
  const save = useAct(
    (body: UpdateTenantData['body'], headers) => ask(updateTenant({ body, headers })),
    async () => {
      onClose();
      for (const key of ['tenant', 'me']) await queries.invalidateQueries({ queryKey: [key] });
    },
  );
  const submit = () => {
    const lines = linesOf(urls);
    // Only what was changed: another administrator may have changed the rest meanwhile.
    const body = {
      ...(name.trim() === before.name ? {} : { name: name.trim() }),
      ...(isOnce === before.one_account_per_workspace ? {} : { one_account_per_workspace: isOnce }),
      ...(needsWarehouse === before.require_warehouse ? {} : { require_warehouse: needsWarehouse }),
      ...(lines.join('\n') === before.return_urls.join('\n') ? {} : { return_urls: lines }),
    };
    if (Object.keys(body).length === 0) onClose();
    else save.mutate(body);
  };
  return (
    <FormDialog title="Edit tenant" act="Save" request={save} onSubmit={submit} onClose={onClose}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        hint="People see it on the pages of connect links."
        pointer="/name"
        isRequired
        autoFocus
        autoComplete="off"
      />
      <Checkbox isSelected={isOnce} onChange={setOnce} pointer="/one_account_per_workspace">
        A workspace belongs to one account only
      </Checkbox>
      <Checkbox isSelected={needsWarehouse} onChange={setNeedsWarehouse} pointer="/require_warehouse">
        An account must name a warehouse
      </Checkbox>
      <Field
        label="Return URLs"
        value={urls}
        onChange={setUrls}
        hint="Where connect links may lead back to, one per line; compared letter by letter."
        pointer="/return_urls"
        isLong
        spellCheck="false"
      />
      <p className="soft small">Accounts that exist already do not change.</p>
    </FormDialog>
  );
}
