import { type Connector, listConnectors } from 'penstock-client';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';

const COLUMNS: readonly Column<Connector>[] = [
  { id: 'title', header: 'Connector', width: 'minmax(0, 1fr)', cell: ({ title }) => title },
  { id: 'actions', header: 'Actions', width: '6rem', align: 'end', cell: ({ actions }) => actions.toLocaleString() },
  {
    id: 'triggers',
    header: 'Triggers',
    width: '6rem',
    align: 'end',
    cell: ({ triggers }) => triggers.toLocaleString(),
  },
];

/** What can be connected. */
export function ConnectorsPage() {
  const list = useList(['connectors'], (cursor, signal) => ask(listConnectors({ query: { cursor }, signal })));
  return (
    <Page title="Connectors" fills>
      <ListGrid
        label="Connectors"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={<EmptyState title="No connectors">The folder "manifests" of the server has none.</EmptyState>}
      />
    </Page>
  );
}
