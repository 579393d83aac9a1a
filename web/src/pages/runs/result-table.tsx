import { useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import { type Column, Grid } from '../../components/grid.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { stringifyExact } from '../../data/json.ts';
import { partCount, type Row, type RowFile, useRowPart } from './row-parts.ts';

/** Rows that are looked at for columns that nobody has named. */
const SAMPLE_ROWS = 200;
const MAX_COLUMNS = 200;
const MAX_TITLE = 1000;

interface ResultTableProps {
  rows: readonly Row[];
  /** In their order; columns that are not among them follow. */
  columns?: readonly string[];
  hasMore?: boolean;
  onEnd?: () => void;
}

/** Rows as a table that scrolls in both directions. */
export function ResultTable({ rows, columns: named = [], hasMore = false, onEnd }: ResultTableProps) {
  const numbered = useMemo(() => rows.map((row, at) => ({ row, at })), [rows]);
  const sample = rows.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that come later do not move the columns
  const columns = useMemo(() => columnsOf(rows, named), [sample, named.join('\n')]);
  return (
    <div className="result-table">
      <Grid
        label="Rows"
        rows={numbered}
        rowKey={({ at }) => String(at)}
        columns={columns}
        minWidth={`${columns.length * 9}rem`}
        hasMore={hasMore}
        onEnd={onEnd}
      />
    </div>
  );
}

/** The rows of a file, part by part. */
export function FileTable({ file, columns, part, onPart }: FileTableProps) {
  const count = partCount(file);
  const current = Math.min(Math.max(part, 0), count - 1);
  const { data, isPending, isError, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useRowPart(
    file,
    current,
  );
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  return (
    <div className="stack">
      {count > 1 && (
        <div className="row">
          <Button isDisabled={current === 0} onPress={() => onPart(current - 1)}>
            Previous part
          </Button>
          <span className="soft">
            Part {(current + 1).toLocaleString()} of {count.toLocaleString()}
          </span>
          <Button isDisabled={current === count - 1} onPress={() => onPart(current + 1)}>
            Next part
          </Button>
        </div>
      )}
      {isError && <ErrorState error={error} onRetry={() => refetch()} />}
      {isPending && <Skeleton lines={8} />}
      {data !== undefined && (
        <ResultTable
          key={current}
          rows={rows}
          columns={columns}
          hasMore={hasNextPage}
          onEnd={() => !isFetchingNextPage && void fetchNextPage()}
        />
      )}
    </div>
  );
}

interface FileTableProps {
  file: RowFile;
  columns: readonly string[];
  /** From 0. */
  part: number;
  onPart(part: number): void;
}

function columnsOf(rows: readonly Row[], named: readonly string[]): Column<{ row: Row; at: number }>[] {
  const names = new Set([...named, ...rows.slice(0, SAMPLE_ROWS).flatMap((row) => Object.keys(row))]);
  return [...names].slice(0, MAX_COLUMNS).map((name, i) => ({
    id: `${i} ${name}`,
    header: name,
    width: 'minmax(0, 1fr)',
    ...(isNumeric(rows, name) && { align: 'end' as const }),
    cell: ({ row }) => {
      if (row[name] === null) return <span className="soft">null</span>;
      const text = textOf(row[name]);
      return text === '' ? null : <span title={text.slice(0, MAX_TITLE)}>{text.slice(0, MAX_TITLE)}</span>;
    },
  }));
}

/** Whether a column is aligned as numbers. */
function isNumeric(rows: readonly Row[], name: string): boolean {
  const values = rows.slice(0, SAMPLE_ROWS).map((row) => row[name] ?? undefined);
  const given = values.filter((value) => value !== undefined);
  return given.length > 0 && given.every((value) => typeof value === 'number' || typeof value === 'bigint');
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : stringifyExact(value);
}
