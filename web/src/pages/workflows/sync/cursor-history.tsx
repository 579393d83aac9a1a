import { Link } from '@tanstack/react-router';
import { getCursorHistory } from 'penstock-client';
import { useEffect, useRef } from 'react';
import type { Column } from '../../../components/grid.tsx';
import { ListGrid } from '../../../components/list-grid.tsx';
import { TimeText } from '../../../components/time-text.tsx';
import { ask } from '../../../data/api-error.ts';
import { useList } from '../../../data/list.ts';

/** A move as the API shows it; `run` for the delivery of an event batch, `by` for a person. */
interface Move {
  version: number;
  at: string;
  value?: string | null;
  key?: string | null;
  run?: string;
  by?: string;
}

const COLUMNS: readonly Column<Move>[] = [
  { id: 'at', header: 'When', width: '7rem', cell: ({ at }) => <TimeText at={at} /> },
  {
    id: 'value',
    header: 'Position',
    width: 'minmax(0, 2fr)',
    cell: ({ value }) => (value == null ? 'The beginning' : <code title={value}>{value}</code>),
  },
  {
    id: 'key',
    header: 'Key',
    width: 'minmax(0, 1fr)',
    isWide: true,
    cell: ({ key }) => (key == null ? '—' : <code>{key}</code>),
  },
  {
    id: 'by',
    header: 'Moved by',
    width: 'minmax(0, 2fr)',
    cell: ({ run, by }) =>
      run === undefined ? (
        (by ?? '—')
      ) : (
        <Link to="/runs/$id" params={{ id: run }} className="mono" tabIndex={-1}>
          {run}
        </Link>
      ),
  },
  { id: 'version', header: 'Version', width: '5rem', align: 'end', isWide: true, cell: ({ version }) => version },
];

/** The last moves of the cursor. It is read again when the cursor has another version. */
export function CursorHistory({ id, version }: { id: string; version: number }) {
  const list = useList<Move>(['workflow', id, 'history'], async (cursor, signal) => {
    const page = await ask(getCursorHistory({ path: { id }, query: { cursor }, signal }));
    return { ...page, items: page.items as unknown as Move[] };
  });
  const { refetch } = list.query;
  const read = useRef(version);
  useEffect(() => {
    if (read.current === version) return;
    read.current = version;
    void refetch();
  }, [version, refetch]);
  return (
    <section className="section" aria-labelledby="history">
      <div className="section-head">
        <h2 id="history">History</h2>
      </div>
      <div className="grid-box">
        <ListGrid
          label="Moves of the cursor"
          list={list}
          rowKey={(move) => String(move.version)}
          columns={COLUMNS}
          empty={<p className="soft">The cursor has not moved yet. The last 200 moves are kept.</p>}
        />
      </div>
    </section>
  );
}
