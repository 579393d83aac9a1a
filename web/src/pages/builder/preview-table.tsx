import type { TriggerPreview } from 'penstock-client';
import { isObject } from '../../builder/document.ts';
import { stringifyExact } from '../../data/json.ts';
import './trigger.css';

/** Of a cell; the row has the whole text. */
const MAX_TEXT = 120;
/** More columns than a person compares at once: the others are in the row. */
const MAX_COLUMNS = 40;

/** Rows as a table, with the types of their columns; other events with one column. */
export function PreviewTable({
  events,
  columns,
  total,
}: Pick<TriggerPreview, 'events' | 'columns'> & { total: number }) {
  const rows = events.map(({ data }) => (isObject(data) ? data : { data }));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const types = typesOf(columns);
  const shown = names.slice(0, MAX_COLUMNS);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section className="preview-table" aria-label="Rows of the preview" tabIndex={0}>
        <table>
          <caption className="hidden">
            The first {events.length} of {total}
          </caption>
          <thead>
            <tr>
              {shown.map((name) => (
                <th key={name} scope="col">
                  {name} <span className="soft">{types.get(name) ?? typeName(rows, name)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={events[at]!.id}>
                {shown.map((name) => (
                  <Cell key={name} value={row[name]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {total > events.length && (
        <p className="soft small">
          The first {events.length.toLocaleString()} of {total.toLocaleString()}.
        </p>
      )}
      {names.length > MAX_COLUMNS && (
        <p className="soft small">{(names.length - MAX_COLUMNS).toLocaleString()} more columns are in the JSON.</p>
      )}
    </>
  );
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) {
    return (
      <td>
        <em className="soft">{value === null ? 'null' : 'none'}</em>
      </td>
    );
  }
  const text = typeof value === 'string' ? value : (stringifyExact(value) ?? '');
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const isCut = text.length > MAX_TEXT;
  return (
    <td className={isNumber ? 'number' : undefined} title={isCut ? text.slice(0, MAX_TEXT * 10) : undefined}>
      {isCut ? `${text.slice(0, MAX_TEXT)}…` : text}
      {isCut && <span className="soft small"> {text.length.toLocaleString()} characters</span>}
    </td>
  );
}

/** The types of the service, where it says them. */
function typesOf(columns: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const column of Array.isArray(columns) ? columns : []) {
    if (!isObject(column) || typeof column.name !== 'string') continue;
    const type = column.type_text ?? column.type_name ?? column.type;
    if (typeof type === 'string') found.set(column.name, type);
  }
  return found;
}

/** Of the first value, where the service says no types. */
function typeName(rows: readonly Record<string, unknown>[], name: string): string {
  const value = rows.map((row) => row[name]).find((each) => each !== null && each !== undefined);
  if (value === undefined) return '';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : typeof value === 'bigint' ? 'number' : typeof value;
}
