import { raw, type Token } from './lexer.ts';
import { isWord, splitArguments } from './rewrite.ts';

const ENDS = [
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'MINUS',
  'QUALIFY',
  'WINDOW',
  'LATERAL',
  'SORT',
  'DISTRIBUTE',
  'CLUSTER',
];
const OPERATORS = [
  'AND',
  'OR',
  'NOT',
  'IS',
  'IN',
  'LIKE',
  'ILIKE',
  'RLIKE',
  'BETWEEN',
  'THEN',
  'ELSE',
  'WHEN',
  'CASE',
  'DIV',
  'INTERVAL',
];
const VALUES = ['END', 'NULL', 'TRUE', 'FALSE'];

/**
 * Gives expressions of the outer select list the names that Databricks gives them: `count(*)` is `count(1)`, `a + b` is `(a + b)`.
 * What already has an alias, or is a plain column, stays as it is.
 */
export function nameColumns(tokens: Token[]): Token[] {
  const start = outerSelect(tokens);
  if (start < 0) return tokens;
  const end = endOfList(tokens, start);
  const list = tokens.slice(start, end);
  const named = splitArguments(list).flatMap((item, index) => {
    const comma: Token[] = index === 0 ? [] : [raw(',', item[0])];
    const name = nameOf(item);
    return name === undefined
      ? [...comma, ...item]
      : [...comma, ...item, raw(`AS "${name.replaceAll('"', '""')}"`, item.at(-1))];
  });
  return [...tokens.slice(0, start), ...named, ...tokens.slice(end)];
}

function outerSelect(tokens: Token[]): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'symbol' && token.text === '(') depth += 1;
    if (token.kind === 'symbol' && token.text === ')') depth -= 1;
    if (depth === 0 && isWord(token, 'SELECT')) return index + (isWord(tokens[index + 1], 'DISTINCT', 'ALL') ? 2 : 1);
  }
  return -1;
}

function endOfList(tokens: Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth -= 1;
    // * EXCEPT (a) belongs to the list
    if (depth === 0 && isWord(token, ...ENDS) && !(token.value === 'EXCEPT' && tokens[at - 1]?.text === '*')) return at;
    if (depth < 0) return at;
  }
  return tokens.length;
}

function nameOf(item: Token[]): string | undefined {
  // * and t.*, with or without EXCEPT
  if (
    item.length === 0 ||
    item[0]?.text === '*' ||
    item.some((token, index) => token.text === '*' && item[index - 1]?.text === '.')
  )
    return undefined;
  if (hasAlias(item)) return undefined;
  const [only] = item;
  if (item.length === 1 && only !== undefined) {
    if (only.kind === 'string' || only.kind === 'raw' || only.kind === 'number') return textFor(only);
    return only.kind === 'word' && (VALUES.includes(only.value) || only.value.startsWith('CURRENT_'))
      ? textFor(only)
      : undefined;
  }
  const isPath = item.every((token, index) =>
    index % 2 === 0 ? token.kind === 'word' || token.kind === 'name' : token.text === '.',
  );
  if (isPath) return undefined;
  const text = join(item);
  return isCall(item) || isWord(item[0], 'CASE', 'DATE', 'TIMESTAMP', 'INTERVAL') ? text : `(${text})`;
}

function hasAlias(item: Token[]): boolean {
  let depth = 0;
  for (const token of item) {
    if (token.kind === 'symbol' && '(['.includes(token.text)) depth += 1;
    if (token.kind === 'symbol' && ')]'.includes(token.text)) depth -= 1;
    if (depth === 0 && isWord(token, 'AS')) return true;
  }
  const last = item.at(-1);
  const before = item.at(-2);
  if (before === undefined || (last?.kind !== 'word' && last?.kind !== 'name') || isWord(last, ...VALUES)) return false;
  const operand =
    before.text === ')' ||
    before.text === ']' ||
    before.kind === 'string' ||
    before.kind === 'number' ||
    before.kind === 'name' ||
    before.kind === 'raw';
  return operand || (before.kind === 'word' && !OPERATORS.includes(before.value));
}

function isCall(item: Token[]): boolean {
  if (item[0]?.kind !== 'word' || item[1]?.text !== '(') return false;
  let depth = 0;
  for (const [index, token] of item.entries()) {
    if (token.kind === 'symbol' && token.text === '(') depth += 1;
    if (token.kind === 'symbol' && token.text === ')') depth -= 1;
    if (index > 0 && depth === 0) return index === item.length - 1;
  }
  return false;
}

function join(item: Token[]): string {
  let text = '';
  for (const [index, token] of item.entries()) {
    const before = item[index - 1];
    const tight =
      before === undefined || token.text === '('
        ? before === undefined || before.kind === 'word' || before.text === '('
        : [')', ',', '.', ']', '['].includes(token.text) || ['(', '.', '['].includes(before.text);
    text += (tight ? '' : ' ') + textFor(token, before, item[index + 1]);
  }
  return text;
}

function textFor(token: Token, before?: Token, after?: Token): string {
  if (token.kind === 'string' && before?.kind === 'word') return `'${token.value}'`;
  if (token.kind === 'string' || token.kind === 'raw') return token.value;
  if (token.kind === 'number') return token.value.replace(/(?:BD|[LSYDF])$/i, '');
  if (isWord(token, 'DATE', 'TIMESTAMP', 'INTERVAL')) return token.value;
  if (token.kind === 'name') return token.value;
  if (token.text === '*' && before?.text === '(' && after?.text === ')') return '1';
  if (token.kind === 'word' && after?.text === '(')
    return ['CAST', 'TRY_CAST'].includes(token.value) ? token.value : token.text.toLowerCase();
  return token.kind === 'word' &&
    (VALUES.includes(token.value) ||
      isWord(token, 'AS', 'CASE', 'WHEN', 'THEN', 'ELSE', 'AND', 'OR', 'NOT', 'IS', 'IN'))
    ? token.value
    : token.text;
}
