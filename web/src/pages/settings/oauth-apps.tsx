import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { listOauthApps, type OAuthApp } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { EmptyState } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { connectorsQuery } from '../../data/catalog.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { CreateAppDialog } from './create-app-dialog.tsx';
import { AppDialog, DeleteAppDialog } from './oauth-app-dialogs.tsx';
import { Part, RowButton } from './part.tsx';

const route = getRouteApi('/frame/settings/oauth-apps');

/** Applications that an administrator registered at services, through which people sign in. */
export function OAuthAppSettings() {
  const { dialog, app, connector } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(['oauth-apps', 'list'], (cursor, signal) => ask(listOauthApps({ query: { cursor }, signal })));
  const canCreate = useCan('POST /v1/oauth_apps');
  const canDelete = useCan('DELETE /v1/oauth_apps/{id}');
  const { data: connectors } = useQuery(connectorsQuery);
  const show = (what?: string, id?: string) =>
    void navigate({ search: ({ account }) => ({ account, dialog: what, app: id }) });
  const columns: readonly Column<OAuthApp>[] = [
    { id: 'name', header: 'Name', width: 'minmax(0, 2fr)', cell: ({ name }) => name },
    {
      id: 'service',
      header: 'Service',
      width: '8rem',
      cell: ({ template }) => connectors?.find(({ id }) => id === template)?.title ?? template,
    },
    { id: 'host', header: 'Address', width: 'minmax(0, 2fr)', isWide: true, cell: ({ host }) => host },
    { id: 'client', header: 'Client id', width: 'minmax(0, 1fr)', isWide: true, cell: ({ client_id }) => client_id },
    {
      id: 'created',
      header: 'Created',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: ({ created_at }) => <TimeText at={created_at} />,
    },
    {
      id: 'acts',
      header: '',
      width: '5rem',
      align: 'end',
      cell: ({ id, name }) =>
        canDelete && (
          <RowButton label={`Delete ${name}`} onPress={() => show('delete', id)}>
            Delete…
          </RowButton>
        ),
    },
  ];
  const close = () => show();
  const button = canCreate && (
    <Button kind="primary" icon="plus" onPress={() => show('create')}>
      Add OAuth app
    </Button>
  );
  return (
    <Part title="OAuth apps" fills actions={list.rows.length > 0 && button}>
      <ListGrid
        label="OAuth apps"
        list={list}
        rowKey={({ id }) => id}
        columns={columns}
        onOpen={({ id }) => show('app', id)}
        empty={
          <EmptyState title="No OAuth apps yet" actions={button}>
            With an OAuth app, people sign in at the service instead of pasting a token. An administrator of the service
            registers the app there and stores its client id here.
          </EmptyState>
        }
      />
      {dialog === 'create' && canCreate && <CreateAppDialog connector={connector} onClose={close} />}
      {dialog === 'app' && app !== undefined && <AppDialog id={app} onClose={close} />}
      {dialog === 'delete' && canDelete && app !== undefined && <DeleteAppDialog id={app} onClose={close} />}
    </Part>
  );
}
