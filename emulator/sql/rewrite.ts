import { quoteName, quoteText } from '../database.ts';
import { fullNameText } from '../unity/names.ts';
import { FUNCTIONS } from './compile/call.ts';
import { SqlError, unsupported } from './error.ts';
import { callTemplate } from './functions.ts';
import { informationSchema } from './information-schema.ts';
import type { Token } from './lexer.ts';
import { closing, splitName } from './parameters.ts';
import { lowerNames, readFilesCall } from './read-files.ts';
import { type Environment, tableName } from './session.ts';
import { duckType } from './types.ts';

const WORDS: Record<string, string> = { MINUS: 'EXCEPT', DIV: '//', STRING: 'VARCHAR' };
const SYMBOLS: Record<string, string> = { '==': '=', '<=>': 'IS NOT DISTINCT FROM', '!': 'NOT' };
const NUMBER_SUFFIXES: Record<string, string> = {
  L: 'BIGINT',
  S: 'SMALLINT',
  Y: 'TINYINT',
  D: 'DOUBLE',
  F: 'FLOAT',
  BD: '',
};

/** Words before a bracket that are no functions. */
const KEYWORDS = new Set([
  'VALUES',
  'IN',
  'AND',
  'OR',
  'NOT',
  'WHEN',
  'THEN',
  'ELSE',
  'CASE',
  'AS',
  'LIKE',
  'BETWEEN',
  'IS',
  'SELECT',
  'WHERE',
]);

/** Rewrites tokens of Databricks SQL, markers already bound, as DuckDB's text. */
export function rewrite(tokens: Token[], environment: Environment): string {
  const parts: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const step = rewriteOne(tokens, at, environment);
    parts.push(step.text);
    at = step.next;
  }
  return parts.filter((part) => part !== '').join(' ');
}

interface Step {
  text: string;
  next: number;
}

function rewriteOne(tokens: Token[], at: number, environment: Environment): Step {
  const token = tokens[at] as Token;
  switch (token.kind) {
    case 'string':
      return { text: quoteText(token.value), next: at + 1 };
    case 'number':
      return { text: rewriteNumber(token.text), next: at + 1 };
    case 'raw':
      return { text: token.text, next: at + 1 };
    case 'marker':
      return { text: token.text, next: at + 1 };
    case 'symbol':
      if (token.text === '::') return rewriteCastSuffix(tokens, at);
      if (token.text === '*' && isWord(tokens[at + 1], 'EXCEPT') && !isWord(tokens[at + 3], 'SELECT'))
        return rewriteExcept(tokens, at);
      return { text: SYMBOLS[token.text] ?? token.text, next: at + 1 };
    case 'name':
    case 'word':
      return rewriteName(tokens, at, environment);
    default:
      return token.kind satisfies never;
  }
}

function rewriteName(tokens: Token[], at: number, environment: Environment): Step {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  if (next?.text === '.' && next.kind === 'symbol') return rewriteChain(tokens, at, environment);
  if (token.kind === 'name') return { text: quoteName(token.value), next: at + 1 };
  if (next?.kind === 'string' && next.start === token.end) {
    if (token.value === 'R') return { text: quoteText(next.value), next: at + 2 };
    if (token.value === 'X') return { text: `from_hex(${quoteText(next.value)})`, next: at + 2 };
  }
  if (token.value === 'TIMESTAMP' && next?.kind === 'string') {
    return { text: `CAST(CAST(${quoteText(next.value)} AS TIMESTAMPTZ) AS TIMESTAMP)`, next: at + 2 };
  }
  if (next?.text === '(' && next.kind === 'symbol') return rewriteCall(tokens, at, environment);
  const pattern = regularExpression(tokens, at);
  if (pattern !== undefined) return pattern;
  if (token.value === 'LEFT' && (isWord(next, 'SEMI') || isWord(next, 'ANTI'))) return { text: '', next: at + 1 };
  const constant = constantFor(token.value, environment);
  return { text: constant ?? WORDS[token.value] ?? token.text, next: at + 1 };
}

// * EXCEPT (a, b)
function rewriteExcept(tokens: Token[], at: number): Step {
  const end = closing(tokens, at + 2);
  const names = splitArguments(tokens.slice(at + 3, end)).map((path) => path.at(-1));
  const quoted = names.map((name) => quoteName(name?.kind === 'name' ? name.value : (name?.text ?? '')));
  return { text: `* EXCLUDE (${quoted.join(', ')})`, next: end + 1 };
}

// RLIKE finds a match anywhere, DuckDB's ~ wants the whole text to match
function regularExpression(tokens: Token[], at: number): Step | undefined {
  const start = isWord(tokens[at], 'NOT') ? at + 1 : at;
  const text = tokens[start + 1];
  if (!isWord(tokens[start], 'RLIKE', 'REGEXP') || text?.kind !== 'string') return undefined;
  return { text: `${start === at ? '~' : '!~'} ${quoteText(`(?s).*(?:${text.value}).*`)}`, next: start + 2 };
}

// a.b.c: every part is quoted, and a catalog's name becomes that of its database
function rewriteChain(tokens: Token[], at: number, environment: Environment): Step {
  const names: string[] = [
    (tokens[at] as Token).kind === 'name' ? (tokens[at] as Token).value : (tokens[at] as Token).text,
  ];
  let next = at + 1;
  let star = '';
  while (tokens[next]?.text === '.' && tokens[next]?.kind === 'symbol') {
    const part = tokens[next + 1];
    if (part?.text === '*' && part.kind === 'symbol') {
      star = '.*';
      next += 2;
      break;
    }
    if (part?.kind !== 'name' && part?.kind !== 'word') break;
    names.push(part.kind === 'name' ? part.value : part.text);
    next += 2;
  }
  const information = star === '' ? informationSchema(names, environment) : undefined;
  if (information !== undefined) return { text: information, next };
  if (isWord(tokens[next], 'VERSION') && isWord(tokens[next + 1], 'AS') && isWord(tokens[next + 2], 'OF')) {
    const version = Number(constantOf(tokens.slice(next + 3, next + 4)));
    return { text: environment.delta.versionQuery(tableName(names, environment), version), next: next + 4 };
  }
  const duck = names.length >= 3 ? environment.unity.duckNames().get((names[0] as string).toLowerCase()) : undefined;
  const quoted = names.map((name, index) => quoteName(index === 0 ? (duck ?? name) : name));
  return { text: quoted.join('.') + star, next };
}

function rewriteCall(tokens: Token[], at: number, environment: Environment): Step {
  const token = tokens[at] as Token;
  const end = closing(tokens, at + 1);
  const inner = tokens.slice(at + 2, end);
  const name = token.value.toLowerCase();
  if (name === 'cast' || name === 'try_cast') {
    const text = rewriteCast(name, inner, environment);
    if (text !== undefined) return { text, next: end + 1 };
  }
  const constant = inner.length === 0 ? constantFor(token.value, environment) : undefined;
  if (constant !== undefined) return { text: constant, next: end + 1 };
  const args = splitArguments(inner);
  if (name === 'emulator_sleep') {
    const seconds = Number(constantOf(inner));
    if (!Number.isFinite(seconds) || seconds < 0)
      throw new SqlError('INVALID_PARAMETER_VALUE', '22023', 'emulator_sleep takes a number of seconds.');
    environment.sleepSeconds += seconds;
    return { text: String(seconds), next: end + 1 };
  }
  if (name === 'table_changes') {
    const [table, from, to] = args.map(constantOf);
    const parts = splitName(table ?? '', token).filter((part) => part.kind === 'name');
    const full = tableName(
      parts.map((part) => part.value),
      environment,
    );
    environment.access.checkSql('table', fullNameText(full), 'SELECT');
    return { text: environment.delta.changesQuery(full, from ?? '', to), next: end + 1 };
  }
  if (name === 'read_files') {
    const options = args
      .filter((arg) => arg[1]?.text === '=>')
      .map((arg) => [arg[0]?.text ?? '', constantOf(arg.slice(2)) ?? '']);
    const plain = args.filter((arg) => arg[1]?.text !== '=>').map((arg) => constantOf(arg) ?? '');
    return { text: readFilesCall(plain, lowerNames(Object.fromEntries(options)), environment), next: end + 1 };
  }
  const template = callTemplate(name, args, (arg) => rewrite(arg, environment));
  if (template !== undefined) return { text: template, next: end + 1 };
  if (!KEYWORDS.has(token.value) && !FUNCTIONS.has(name)) throw unsupported(`the function ${name} here`);
  return { text: `${token.text}(`, next: at + 2 };
}

// the value of a literal or of a bound marker; anything else is not known before the statement runs
function constantOf(tokens: Token[]): string | undefined {
  const [first] = tokens;
  if (tokens.length !== 1 || first === undefined)
    throw new SqlError('NON_FOLDABLE_ARGUMENT', '42K08', `The argument '${textOf(tokens)}' must be a constant.`);
  return first.value;
}

function rewriteCast(name: string, inner: Token[], environment: Environment): string | undefined {
  let depth = 0;
  const at = inner.findLastIndex((token) => {
    if (token.kind === 'symbol' && (token.text === ')' || token.text === ']')) depth += 1;
    if (token.kind === 'symbol' && (token.text === '(' || token.text === '[')) depth -= 1;
    return depth === 0 && isWord(token, 'AS');
  });
  if (at < 0) return undefined;
  const value = rewrite(inner.slice(0, at), environment);
  return castText(name.toUpperCase(), value, textOf(inner.slice(at + 1)));
}

/** A cast as DuckDB writes it; a timestamp goes by way of a zoned one, so that an offset in the text counts. */
function castText(cast: string, value: string, typeText: string): string {
  const type = duckType(typeText);
  if (type === 'TIMESTAMP') return `CAST(${cast}(${value} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  return `${cast}(${value} AS ${type})`;
}

function rewriteCastSuffix(tokens: Token[], at: number): Step {
  let end = at + 2;
  if (tokens[end]?.text === '(') end = closing(tokens, end) + 1;
  else if (tokens[end]?.text === '<') {
    for (let depth = 0; end < tokens.length; end += 1) {
      depth += tokens[end]?.text === '<' ? 1 : tokens[end]?.text === '>' ? -1 : 0;
      if (depth === 0) break;
    }
    end += 1;
  }
  const type = duckType(textOf(tokens.slice(at + 1, end)));
  return { text: type === 'TIMESTAMP' ? '::TIMESTAMPTZ::TIMESTAMP' : `::${type}`, next: end };
}

/** Splits the tokens of an argument list at its outer commas. */
function splitArguments(tokens: Token[]): Token[][] {
  if (tokens.length === 0) return [];
  const result: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    const text = token.kind === 'symbol' ? token.text : '';
    if ('([{'.includes(text) && text !== '') depth += 1;
    if (')]}'.includes(text) && text !== '') depth -= 1;
    if (text === ',' && depth === 0) result.push([]);
    else (result.at(-1) as Token[]).push(token);
  }
  return result;
}

/** The tokens' text as written, one space apart. */
function textOf(tokens: Token[]): string {
  return tokens.map((token) => token.text).join(' ');
}

/** Tells whether a token is one of these keywords. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.value);
}

function constantFor(word: string, environment: Environment): string | undefined {
  const time = new Date(environment.now).toISOString();
  switch (word) {
    case 'CURRENT_TIMESTAMP':
    case 'NOW':
    case 'LOCALTIMESTAMP':
      return `TIMESTAMP '${time.slice(0, -1)}'`;
    case 'CURRENT_DATE':
    case 'CURDATE':
      return `DATE '${time.slice(0, 10)}'`;
    case 'CURRENT_USER':
    case 'SESSION_USER':
      return quoteText(environment.userName);
    case 'CURRENT_CATALOG':
      return quoteText(environment.catalog);
    case 'CURRENT_SCHEMA':
    case 'CURRENT_DATABASE':
      return quoteText(environment.schema);
    default:
      return undefined;
  }
}

function rewriteNumber(text: string): string {
  const suffix = /(?:BD|[LSYDF])$/i.exec(text)?.[0] ?? '';
  if (suffix === '') return text;
  const type = NUMBER_SUFFIXES[suffix.toUpperCase()];
  const digits = text.slice(0, -suffix.length);
  return type === undefined || type === '' ? digits : `CAST(${digits} AS ${type})`;
}
