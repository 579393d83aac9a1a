import { paint, type Shell } from './shell.ts';

/** Longest cell that a table shows; the whole value is in the JSON. */
const MAX_CELL = 60;
const MAX_LAST = 300;

/** Lines of a table with a header, columns two spaces apart. A cell is one line, cut at 60 characters but in the last column. */
export function table(shell: Shell, header: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const cells = rows.map((row) => row.map((value, i) => cell(value, i === header.length - 1 ? MAX_LAST : MAX_CELL)));
  const widths = header.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [paint(shell, 'dim', line(header)), ...cells.map(line)];
}

/** A missing value is a dash. */
function cell(value: unknown, max: number): string {
  if (value === undefined || value === null || value === '') return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** An ISO time to the second, as `2026-01-02 03:04:05Z`. */
export function time(iso: unknown): string {
  return typeof iso === 'string' ? iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z') : '-';
}

/** How long something took, or takes until now, for a person: `0.4 s`, `12 s`, `3 min 5 s`. */
export function duration(from: unknown, to: unknown): string {
  if (typeof from !== 'string') return '-';
  const seconds = ((typeof to === 'string' ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000;
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
