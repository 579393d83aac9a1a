import { useNavigate } from '@tanstack/react-router';
import type { Connector } from 'penstock-client';
import { type Column, Grid } from '../../components/grid.tsx';
import { ConnectorIcon } from './connector-icon.tsx';
import { EffectMark } from './effect.tsx';
import type { Entry } from './entries.ts';

/** Actions and triggers; Enter or a click opens one. */
export function EntryGrid({
  label,
  entries,
  connectors,
}: {
  label: string;
  entries: readonly Entry[];
  connectors: readonly Connector[];
}) {
  const navigate = useNavigate();
  const columns: readonly Column<Entry>[] = [
    {
      id: 'title',
      header: 'Title',
      width: 'minmax(0, 2fr)',
      cell: ({ title, connector }) => (
        <span className="entry-title">
          <ConnectorIcon connector={connectors.find(({ id }) => id === connector)} />
          <span className="clip">{title}</span>
        </span>
      ),
    },
    {
      id: 'description',
      header: 'Description',
      width: 'minmax(0, 4fr)',
      isWide: true,
      cell: ({ description }) => (
        <span className="soft" title={description}>
          {description}
        </span>
      ),
    },
    {
      id: 'connector',
      header: 'Connector',
      width: 'minmax(0, 1fr)',
      isWide: true,
      cell: ({ connectorTitle }) => connectorTitle,
    },
    {
      id: 'group',
      header: 'Group',
      width: 'minmax(0, 1fr)',
      isWide: true,
      cell: ({ group }) => <span className="soft">{group}</span>,
    },
    {
      id: 'effect',
      header: 'Effect',
      width: 'minmax(0, 1.6fr)',
      cell: ({ effect, isDestructive }) =>
        effect === undefined ? 'Starts workflows' : <EffectMark effect={effect} isDestructive={isDestructive} />,
    },
  ];
  return (
    <Grid
      label={label}
      rows={entries}
      rowKey={({ id }) => id}
      // All of one connector: its name is the title of the page.
      columns={connectors.length === 1 ? columns.filter(({ id }) => id !== 'connector') : columns}
      onOpen={({ id, kind, connector }) =>
        kind === 'action'
          ? navigate({ to: '/actions/$id', params: { id } })
          : navigate({ to: '/connectors/$id', params: { id: connector }, search: { trigger: id } })
      }
    />
  );
}
