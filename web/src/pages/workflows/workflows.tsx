import { Link } from '@tanstack/react-router';
import { listWorkflows, type WorkflowSummary } from 'penstock-client';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';

const COLUMNS: readonly Column<WorkflowSummary>[] = [
  { id: 'state', header: 'State', width: '9rem', cell: ({ trigger }) => <StatusBadge status={trigger.state} /> },
  { id: 'name', header: 'Name', width: 'minmax(0, 2fr)', cell: ({ name }) => name },
  { id: 'trigger', header: 'Trigger', width: 'minmax(0, 1fr)', isWide: true, cell: ({ trigger }) => trigger.id },
  {
    id: 'version',
    header: 'Version',
    width: '5rem',
    align: 'end',
    isWide: true,
    cell: ({ version }) => version || '—',
  },
  { id: 'updated', header: 'Changed', width: '8rem', align: 'end', cell: (w) => <TimeText at={w.updated_at} /> },
];

/** Every workflow with the state of its trigger. */
export function WorkflowsPage() {
  const list = useList(['workflows', 'list'], (cursor, signal) => ask(listWorkflows({ query: { cursor }, signal })));
  const canCreate = useCan('POST /v1/workflows', 'PUT /v1/workflows/{id}/draft');
  const create = canCreate && (
    <Link to="/workflows/new" className="button" data-kind="primary">
      New workflow
    </Link>
  );
  return (
    <Page title="Workflows" actions={create} fills>
      <ListGrid
        label="Workflows"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState title="No workflows yet">
            A workflow starts by a trigger and runs actions in steps. Begin with an empty one, a template, or a file.
          </EmptyState>
        }
      />
    </Page>
  );
}
