/** Where a query cuts its own result: around all of it, or inside a part that may be meant to. */
export type QueryLimit = 'result' | 'part';

interface Token {
  text: string;
  isWord: boolean;
}

/** Strings of both quotes, names in backticks, comments, words, numbers, and any other sign alone. */
const TOKEN =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}_][\p{L}\p{N}_]*|\d[\w.]*|\S/gu;
/** What stands before the bracket of a table that is a query. */
const TABLE_BEFORE = new Set([
  '',
  '(',
  'FROM',
  'JOIN',
  'AS',
  'UNION',
  'ALL',
  'DISTINCT',
  'EXCEPT',
  'MINUS',
  'INTERSECT',
]);
/** What makes the word a name. */
const NAME_BEFORE = new Set([
  '',
  '.',
  ',',
  'AS',
  'SELECT',
  'BY',
  'AND',
  'OR',
  'NOT',
  'WHERE',
  'ON',
  '(',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
]);

/**
 * Finds LIMIT, OFFSET, FETCH FIRST and TABLESAMPLE in a query. A sync asks for rows after a cursor of what the query gives: a query that cuts its
 * own result never shows it the rest.
 */
export function queryLimits(query: string): Set<QueryLimit> {
  const tokens = [...query.matchAll(TOKEN)]
    .map(([text]): Token => ({ text: text.toUpperCase(), isWord: /^[\p{L}_]/u.test(text) }))
    .filter(({ text }) => !text.startsWith('--') && !text.startsWith('/*'));
  const found = new Set<QueryLimit>();
  // Whether each bracket around the token is a table of the query; of all of them, whether they are.
  const around: boolean[] = [];
  for (const [i, { text, isWord }] of tokens.entries()) {
    const before = tokens[i - 1]?.text ?? '';
    if (text === '(') around.push(TABLE_BEFORE.has(before) && (around.at(-1) ?? true));
    else if (text === ')') around.pop();
    else if (isWord && isCut(text, before, tokens[i + 1])) found.add((around.at(-1) ?? true) ? 'result' : 'part');
  }
  return found;
}

function isCut(text: string, before: string, next: Token | undefined): boolean {
  if (text === 'TABLESAMPLE') return next?.text === '(' || next?.text === 'SYSTEM';
  if (text === 'FETCH') return next?.text === 'FIRST' || next?.text === 'NEXT';
  if (text !== 'LIMIT' && text !== 'OFFSET') return false;
  if (NAME_BEFORE.has(before) || next === undefined || next.text === 'ALL') return false;
  return /^[\d(:?]/.test(next.text) || next.text === 'CAST';
}
