/** A piece of SQL; what stands in texts and comments is none. */
interface Piece {
  text: string;
  start: number;
  end: number;
}

/** A table that a statement names, and how its columns can be named. */
export interface NamedTable {
  /** `main.default.flights`, without back-ticks. */
  name: string;
  alias: string | undefined;
}

/** What is being typed at a place of a statement. */
export type SqlPlace =
  /** The parts of a name before the last dot: `main.default.` has two. `start` is where the first of them begins. */
  | { kind: 'name'; parents: readonly string[]; from: number; start: number }
  /** After `:`; `from` is after it. */
  | { kind: 'parameter'; from: number };

const PIECES =
  /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|`[^`]*`?|::|:[A-Za-z_]\w*|[\w$]+|\S/g;
const TABLE_COMES = new Set(['from', 'join', 'into', 'update', 'table', 'using', 'describe']);
/** Words that follow a table and are no alias. */
const NO_ALIAS = new Set(
  'where on using join left right inner outer full cross natural group order having limit union except intersect set values select when as lateral window qualify tablesample semi anti'.split(
    ' ',
  ),
);

/** Undefined in texts and comments. */
export function sqlPlaceAt(sql: string, at: number): SqlPlace | undefined {
  const pieces = piecesOf(sql).filter(({ start }) => start < at);
  const last = pieces.at(-1);
  if (last === undefined || last.end < at) return { kind: 'name', parents: [], from: at, start: at };
  if (isQuoted(last)) return undefined;
  if (last.text === ':') return { kind: 'parameter', from: at };
  if (last.text.startsWith(':') && last.text !== '::') return { kind: 'parameter', from: last.start + 1 };
  const isTyped = isName(last.text);
  const from = isTyped ? last.start : at;
  return { kind: 'name', from, ...parentsOf(isTyped ? pieces.slice(0, -1) : pieces, from) };
}

/** The tables that follow FROM, JOIN, INTO and their like. */
export function tablesIn(sql: string): NamedTable[] {
  const pieces = piecesOf(sql).filter((piece) => !isQuoted(piece));
  const tables: NamedTable[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    if (!TABLE_COMES.has(pieces[at]!.text.toLowerCase())) continue;
    let next = at + 1;
    do {
      if (!isName(pieces[next]?.text ?? '')) break;
      const parts = [unquoted(pieces[next]!.text)];
      next += 1;
      while (pieces[next]?.text === '.' && isName(pieces[next + 1]?.text ?? '')) {
        parts.push(unquoted(pieces[next + 1]!.text));
        next += 2;
      }
      if (pieces[next]?.text.toLowerCase() === 'as') next += 1;
      const word = pieces[next]?.text ?? '';
      const hasAlias = isName(word) && !NO_ALIAS.has(word.toLowerCase());
      tables.push({ name: parts.join('.'), alias: hasAlias ? unquoted(word) : undefined });
      if (hasAlias) next += 1;
      next += 1;
    } while (pieces[next - 1]?.text === ',');
  }
  return tables;
}

/** The names of the parameters of a statement, `:name`, each once. */
export function markersIn(sql: string): string[] {
  const names = piecesOf(sql).flatMap(({ text }) => (/^:\w/.test(text) ? text.slice(1) : []));
  return [...new Set(names)];
}

/** The parts of a table's full name, which has so many: with those of `home` where the name leaves them out. */
export function fullNameOf(name: string, home: readonly string[], levels: number): string[] {
  const parts = name.split('.');
  const missing = levels - parts.length;
  return missing > 0 && home.length >= missing ? [...home.slice(0, missing), ...parts] : parts;
}

/** A name as it is written: others than letters, digits and `_` are quoted, with `"` also those with capitals, which would lose them. */
export function sqlName(name: string, quote: '`' | '"'): string {
  const plain = quote === '"' ? /^[a-z_][a-z0-9_]*$/ : /^[A-Za-z_]\w*$/;
  return plain.test(name) ? name : quote + name.replaceAll(quote, quote + quote) + quote;
}

function piecesOf(sql: string): Piece[] {
  return [...sql.matchAll(PIECES)].map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
}

function parentsOf(pieces: readonly Piece[], from: number): { parents: string[]; start: number } {
  const parents: string[] = [];
  let start = from;
  for (let at = pieces.length - 1; at > 0 && pieces[at]!.text === '.'; at -= 2) {
    const parent = pieces[at - 1]!;
    if (!isName(parent.text)) break;
    parents.unshift(unquoted(parent.text));
    start = parent.start;
  }
  return { parents, start };
}

function isQuoted({ text }: Piece): boolean {
  return /^(?:['"]|--|\/\*)/.test(text);
}

function isName(text: string): boolean {
  return /^[\w`]/.test(text);
}

function unquoted(text: string): string {
  return text.startsWith('`') ? text.replaceAll('`', '') : text;
}
