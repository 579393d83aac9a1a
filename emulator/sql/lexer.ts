import { SqlError, syntaxError } from './error.ts';

/**
 * One token of Databricks SQL.
 * `word`: keyword or plain identifier; `name`: identifier in backticks; `string`: literal (value is unescaped);
 * `marker`: `:name`; `symbol`: operator or punctuation; `raw`: already DuckDB's text.
 */
export interface Token {
  kind: 'word' | 'name' | 'string' | 'number' | 'marker' | 'symbol' | 'raw';
  /** Text as written; for `raw`, DuckDB's. */
  text: string;
  /** Content of a name, string or marker; a word in upper case; otherwise the text. */
  value: string;
  start: number;
  end: number;
  /** Databricks' type of a bound parameter, for `raw`. */
  type?: string;
  /** Whether a bound parameter is NULL. */
  isNull?: boolean;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:BD|[LlSsYyDdFf])?(?![\w]))|(?<word>[A-Za-z_]\w*|[^\x00-\x7f\s]+)|(?<marker>:[A-Za-z_]\w*)|(?<symbol><=>|\|\||::|->>|->|=>|<=|>=|<>|!=|==|[-+*/%<>=!~^&|()[\]{},.;:?@$])|(?<quote>["'`])/uy;

/**
 * Splits a statement into tokens; comments and white space go.
 * @throws SqlError PARSE_SYNTAX_ERROR for an unclosed literal or a character that SQL has no use for.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(sql)?.groups;
    if (groups === undefined) throw syntaxError(sql.slice(at, at + 1), { offset: at, length: 1 });
    const end = PATTERN.lastIndex;
    if (groups.quote !== undefined) {
      const token = readQuoted(sql, at, tokens.at(-1));
      tokens.push(token);
      at = token.end;
      continue;
    }
    const text = sql.slice(at, end);
    if (text === '/' && sql[end] === '*') throw unclosedComment(at);
    if (groups.word !== undefined) tokens.push({ kind: 'word', text, value: text.toUpperCase(), start: at, end });
    else if (groups.number !== undefined) tokens.push({ kind: 'number', text, value: text, start: at, end });
    else if (groups.marker !== undefined && !isPathColon(tokens.at(-1), at))
      tokens.push({ kind: 'marker', text, value: text.slice(1), start: at, end });
    else if (groups.marker !== undefined) {
      tokens.push({ kind: 'symbol', text: ':', value: ':', start: at, end: at + 1 });
      at += 1;
      continue;
    } else if (groups.symbol !== undefined) tokens.push({ kind: 'symbol', text, value: text, start: at, end });
    at = end;
  }
  return tokens;
}

function unclosedComment(at: number): SqlError {
  return new SqlError(
    'UNCLOSED_BRACKETED_COMMENT',
    '42601',
    'Found an unclosed bracketed comment. Please, append */ at the end of the comment.',
    { offset: at, length: 2 },
  );
}

/** A token of text that is DuckDB's already. */
export function raw(text: string, near?: Token): Token {
  return { kind: 'raw', text, value: text, start: near?.start ?? 0, end: near?.end ?? 0 };
}

// `column:path` reads a field of JSON text; a marker never follows an operand
function isPathColon(previous: Token | undefined, at: number): boolean {
  if (previous === undefined || previous.end !== at) return false;
  return (
    previous.kind === 'name' ||
    previous.kind === 'word' ||
    previous.kind === 'string' ||
    previous.text === ')' ||
    previous.text === ']'
  );
}

function readQuoted(sql: string, start: number, previous: Token | undefined): Token {
  const quote = sql[start] as string;
  // r'…' is a raw string: the prefix was read as a word
  const isRaw = previous?.kind === 'word' && previous.value === 'R' && previous.end === start;
  let value = '';
  for (let at = start + 1; at < sql.length; at += 1) {
    const letter = sql[at] as string;
    if (letter === quote) {
      if (sql[at + 1] !== quote) {
        return { kind: quote === '`' ? 'name' : 'string', text: sql.slice(start, at + 1), value, start, end: at + 1 };
      }
      at += 1;
      value += quote;
    } else if (letter === '\\' && quote !== '`' && !isRaw) {
      const escaped = readEscape(sql, at + 1);
      value += escaped.text;
      at += escaped.length;
    } else value += letter;
  }
  throw syntaxError(sql.slice(start, start + 20), { offset: start, length: 1 });
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', '0': '\0', Z: '\x1a' };

function readEscape(sql: string, at: number): { text: string; length: number } {
  const letter = sql[at] ?? '';
  const code = /^u([0-9a-fA-F]{4})/.exec(sql.slice(at, at + 5));
  if (code !== null) return { text: String.fromCharCode(Number.parseInt(code[1] as string, 16)), length: 5 };
  const octal = /^[01][0-7]{2}/.exec(sql.slice(at, at + 3));
  if (octal !== null) return { text: String.fromCharCode(Number.parseInt(octal[0], 8)), length: 3 };
  // \% and \_ keep their backslash: they are for LIKE
  if (letter === '%' || letter === '_') return { text: `\\${letter}`, length: 1 };
  return { text: ESCAPES[letter] ?? letter, length: 1 };
}
