import type { Run } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-id.tsx';
import { countText } from '../../components/count-text.ts';
import { JsonTree } from '../../components/json-tree.tsx';
import { stringifyExact } from '../../data/json.ts';
import './run.css';
import { FileTable, ResultTable } from './result-table.tsx';
import type { Row } from './row-parts.ts';

const ROWS_TYPE = 'application/x-ndjson';

interface File {
  id: string;
  media_type: string;
  size: number;
}

/** How a value is shown: as a table or as JSON, and which part of a large file (from 1). */
export interface ValueView {
  view?: string | undefined;
  part?: string | undefined;
}

interface RunValueProps {
  run: Run;
  part: 'input' | 'output';
  shown: ValueView;
  onShow(changes: ValueView): void;
}

/** Input or output of any size: rows as a table, other values as a tree; a large one is a file, which does not enter the page. */
export function RunValue({ run, part, shown: { view, part: filePart }, onShow }: RunValueProps) {
  const value = run[part];
  const whole = part === 'input' ? run.input_artifact : run.artifact;
  if (value === undefined && whole === undefined) {
    const isOpen = part === 'output' && run.finished_at === undefined;
    return (
      <p className="soft">{isOpen ? 'The run has not ended: its output comes then.' : `This run has no ${part}.`}</p>
    );
  }
  const file = whole ?? fileIn(value);
  const hasRows = file?.media_type.startsWith(ROWS_TYPE) === true;
  const rows = hasRows ? undefined : rowsIn(value);
  const isTable = (hasRows || rows !== undefined) && (view !== 'json' || value === undefined);
  const columns = columnsIn(value);
  return (
    <div className="stack">
      <div className="row">
        {(hasRows || rows !== undefined) && value !== undefined && (
          <Button onPress={() => onShow({ view: isTable ? 'json' : undefined })}>
            {isTable ? 'Show as JSON' : 'Show as table'}
          </Button>
        )}
        {value !== undefined && (
          <Button icon="copy" onPress={() => copyText(stringifyExact(value, 2))}>
            Copy
          </Button>
        )}
        {file !== undefined && (
          <a
            className="button"
            href={`/v1/runs/${encodeURIComponent(run.id)}/artifact?id=${encodeURIComponent(file.id)}`}
            download
          >
            Download {sizeText(file.size)}
          </a>
        )}
      </div>
      {hasRows && isTable && (
        <FileTable
          file={{ run: run.id, artifact: file.id, size: file.size }}
          columns={columns}
          part={Number(filePart ?? 1) - 1 || 0}
          onPart={(next) => onShow({ part: next === 0 ? undefined : String(next + 1) })}
        />
      )}
      {rows !== undefined && isTable && (
        <>
          <ResultTable rows={rows} columns={columns} />
          <p className="soft small">{countText(rows.length, 'row')}</p>
        </>
      )}
      {!isTable && value !== undefined && <JsonTree value={value} />}
      {value === undefined && !hasRows && (
        <p className="soft">
          The {part} is stored as a file of {sizeText(file!.size)} ({file!.media_type}).
        </p>
      )}
    </div>
  );
}

/** The file of rows that an output names. */
function fileIn(value: unknown): File | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const files = Object.values(value).filter((each): each is File => {
    const { id, size, media_type: type } = (each ?? {}) as Partial<File>;
    return typeof id === 'string' && typeof size === 'number' && typeof type === 'string';
  });
  return files.length === 1 ? files[0] : undefined;
}

/** The rows of a value: itself, its `rows`, or its only list, where that is a list of objects. */
function rowsIn(value: unknown): readonly Row[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const lists = Object.values(value).filter((each) => Array.isArray(each) && each.length > 0);
  const named = (value as { rows?: unknown }).rows;
  const rows = Array.isArray(value) ? value : (named ?? (lists.length === 1 ? lists[0] : undefined));
  if (!Array.isArray(rows)) return undefined;
  if (rows.length === 0) return columnsIn(value).length > 0 ? [] : undefined;
  return rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row)) ? rows : undefined;
}

function columnsIn(value: unknown): string[] {
  const columns = (value as { columns?: unknown } | null | undefined)?.columns;
  if (!Array.isArray(columns)) return [];
  return columns.flatMap((column) => (typeof column?.name === 'string' ? [column.name as string] : []));
}

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

/** A size as people say it: `24.3 MB`. */
function sizeText(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${UNITS[step]}`;
}
