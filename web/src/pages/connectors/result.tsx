import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getRun, type Run } from 'penstock-client';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-id.tsx';
import { countText } from '../../components/count-text.ts';
import { type Column, Grid } from '../../components/grid.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import type { JsonObject } from '../../forms/schema.ts';
import { type Rows, rowsOf } from './rows.ts';

const POLL_MS = 1000;
/** As many columns share the width; more have one of their own, and the table scrolls. */
const SHARED_COLUMNS = 5;

/** A run as it happens: its state, then its output or its error. */
export function Result({ id, action }: { id: string; action: string }) {
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
  if (run.isError) return <ErrorState error={run.error} onRetry={() => run.refetch()} />;
  if (run.isPending) return <Skeleton />;
  if (run.data.action !== action) {
    return (
      <p className="soft">
        The address names a run of another action.{' '}
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </p>
    );
  }
  const { started_at = run.data.created_at, finished_at } = run.data;
  return (
    <>
      <div className="row" role="status">
        <StatusBadge status={runStatus(run.data)} />
        <span className="soft">
          {finished_at === undefined ? (
            <>
              since <TimeText at={run.data.created_at} />
            </>
          ) : (
            `in ${durationText(Date.parse(finished_at) - Date.parse(started_at))}`
          )}
        </span>
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </div>
      {run.data.error !== undefined && <RunErrorCard error={run.data.error} />}
      {finished_at !== undefined && run.data.error === undefined && <Output run={run.data} />}
    </>
  );
}

function RunErrorCard({ error }: { error: NonNullable<Run['error']> }) {
  return (
    <div className="error-state">
      <h2>
        <StatusBadge status={error.code === 'ERR_OUTCOME_UNKNOWN' ? 'unknown' : 'failed'} word={error.code} />
      </h2>
      <pre>{error.message}</pre>
      {error.hint !== undefined && (
        <p>
          <strong>Next: </strong>
          {error.hint}
        </p>
      )}
      {error.upstream !== undefined && (
        <div>
          <h3>What the service said</h3>
          <JsonTree value={error.upstream} />
        </div>
      )}
    </div>
  );
}

/** The output as a table where it has rows, else as a tree. A large one is a file, which does not enter the page. */
function Output({ run: { id, output, artifact } }: { run: Run }) {
  const rows = useMemo(() => rowsOf(output), [output]);
  const [isTree, setTree] = useState(false);
  const isTable = rows !== undefined && !isTree;
  return (
    <>
      <div className="row">
        {rows !== undefined && (
          <Button onPress={() => setTree(!isTree)}>{isTree ? 'Show as table' : 'Show as JSON'}</Button>
        )}
        {output !== undefined && (
          <Button icon="copy" onPress={() => copyText(stringifyExact(output, 2))}>
            Copy
          </Button>
        )}
        {artifact !== undefined && (
          <a className="button" href={`/v1/runs/${id}/artifact`} download>
            Download
          </a>
        )}
      </div>
      {output === undefined && artifact === undefined && <p className="soft">The run has no output.</p>}
      {output === undefined && artifact !== undefined && (
        <p className="soft">The output is stored as a file of {artifact.size.toLocaleString()} bytes.</p>
      )}
      {isTable && <RowsTable {...rows} />}
      {!isTable && output !== undefined && <JsonTree value={output} />}
    </>
  );
}

function RowsTable({ columns, rows }: Rows) {
  const numbered = useMemo(() => rows.map((row, at) => ({ row, at })), [rows]);
  const width = columns.length <= SHARED_COLUMNS ? 'minmax(6rem, 1fr)' : '10rem';
  const shown: Column<{ row: JsonObject; at: number }>[] = columns.map((name) => ({
    id: name,
    header: name,
    width,
    ...(rows.length > 0 &&
      rows.every((row) => row[name] == null || typeof row[name] === 'number') && { align: 'end' as const }),
    cell: ({ row }) => <Cell value={row[name]} />,
  }));
  return (
    <>
      <Grid label="Rows" rows={numbered} rowKey={({ at }) => String(at)} columns={shown} />
      <p className="soft small">{countText(rows.length, 'row')}</p>
    </>
  );
}

function Cell({ value }: { value: unknown }) {
  if (value === undefined) return null;
  if (value === null) return <span className="soft">null</span>;
  const text = typeof value === 'string' ? value : stringifyExact(value);
  return <span title={text}>{text}</span>;
}
