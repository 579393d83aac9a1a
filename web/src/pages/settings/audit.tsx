import { getRouteApi } from '@tanstack/react-router';
import { type AuditEntry, listAudit } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { TextChip } from '../../components/chip.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { Dialog } from '../../components/dialog.tsx';
import type { Column } from '../../components/grid.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { EmptyState } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { Part } from './part.tsx';

const route = getRouteApi('/frame/settings/audit');
type Search = ReturnType<typeof route.useSearch>;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', header: 'When', width: '8rem', cell: ({ at }) => <TimeText at={at} /> },
  { id: 'action', header: 'Action', width: 'minmax(0, 2fr)', cell: ({ action }) => <code>{action}</code> },
  {
    id: 'target',
    header: 'Target',
    width: 'minmax(0, 2fr)',
    isWide: true,
    cell: ({ target }) => target.name ?? target.id,
  },
  { id: 'actor', header: 'By', width: 'minmax(0, 1fr)', isWide: true, cell: ({ actor }) => actor.name },
  { id: 'from', header: 'From', width: '9rem', isWide: true, cell: ({ actor }) => actor.from ?? '—' },
];

/** Who changed what, when and from where. */
export function AuditSettings() {
  const { entry: entryId, account: _, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(['audit', filter], (cursor, signal) => ask(listAudit({ query: { ...filter, cursor }, signal })));
  const change = (part: Partial<Search>) => void navigate({ search: (before) => ({ ...before, ...part }) });
  const set = (name: keyof Search) => (value: string | undefined) => change({ [name]: value, entry: undefined });
  const isFiltered = Object.keys(filter).length > 0;
  const entry = list.rows.find(({ id }) => id === entryId);
  return (
    <Part title="Audit" fills>
      <div className="chips" role="toolbar" aria-label="Filters">
        <TextChip
          label="Action"
          value={filter.action}
          onChange={set('action')}
          hint="workflow.update, or workflow for all on workflows"
        />
        <TextChip label="By" value={filter.actor} onChange={set('actor')} hint="Name or id of an API key" />
        <TextChip label="Target" value={filter.target} onChange={set('target')} hint="Name or id of what was changed" />
        <TextChip label="From" type="time" value={filter.from} onChange={set('from')} />
        <TextChip label="To" type="time" value={filter.to} onChange={set('to')} />
        {isFiltered && (
          <Button kind="quiet" onPress={() => void navigate({ search: ({ account }) => ({ account }) })}>
            Clear
          </Button>
        )}
      </div>
      <ListGrid
        label="Audit"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        onOpen={({ id }) => change({ entry: id })}
        empty={
          isFiltered ? (
            <EmptyState title="No entry matches these filters" />
          ) : (
            <EmptyState title="Nothing was changed yet">Every change is recorded here, with who made it.</EmptyState>
          )
        }
      />
      {entry !== undefined && <EntryDialog entry={entry} onClose={() => change({ entry: undefined })} />}
    </Part>
  );
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { action, at, actor, target, details, id } = entry;
  return (
    <Dialog title={action} onClose={onClose} actions={<Button onPress={onClose}>Close</Button>}>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <TimeText at={at} form="whole" />
        </dd>
        <dt>By</dt>
        <dd>
          {actor.name} <CopyId value={actor.key} />
        </dd>
        <dt>From</dt>
        <dd>{actor.from ?? '—'}</dd>
        <dt>Target</dt>
        <dd>
          {target.kind} {target.name} <CopyId value={target.id} />
        </dd>
        <dt>Entry</dt>
        <dd>
          <CopyId value={id} />
        </dd>
      </dl>
      {details !== undefined && <JsonTree value={details} />}
    </Dialog>
  );
}
