import type { Token } from '../lexer.ts';
import type { Body, Expr, From, Item, Query, Select } from './ast.ts';
import { createParser } from './parse-expression.ts';
import { grouping } from './parse-grouping.ts';
import { item, names, rows } from './parse-item.ts';
import { fromList } from './parse-relation.ts';
import { lateralView } from './parse-table-function.ts';
import type { Parser } from './parser.ts';

/** Reads a whole query. @throws SqlError PARSE_SYNTAX_ERROR */
export function parseQuery(tokens: Token[]): Query {
  const parser = createParser(tokens, readQuery);
  const query = readQuery(parser);
  if (parser.symbol('|') && parser.reader.peek(1)?.text === '>')
    throw parser.refuse('the pipe operator |>', parser.reader.peek()?.start ?? 0);
  parser.reader.end();
  return query;
}

/** Reads a whole expression. */
export function parseExpression(tokens: Token[]): Expr {
  const parser = createParser(tokens, readQuery);
  const expression = parser.expression();
  parser.reader.end();
  return expression;
}

/** Reads a query where the parser is. */
export function readQuery(parser: Parser): Query {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  const ctes: Query['ctes'] = [];
  let recursive = false;
  if (reader.eat('WITH')) {
    recursive = reader.eat('RECURSIVE');
    do {
      const name = reader.readWord();
      const columns = parser.symbol('(') ? names(parser) : [];
      reader.eat('AS');
      parser.expectSymbol('(');
      ctes.push({ name, columns, query: readQuery(parser) });
      parser.expectSymbol(')');
    } while (reader.eatSymbol(','));
  }
  const body = setExpression(parser);
  const query: Query = { recursive, ctes, body, order: [], at };
  for (const word of ['DISTRIBUTE', 'CLUSTER'])
    if (reader.at(word, 'BY')) throw parser.refuse(`${word} BY`, reader.peek()?.start ?? 0);
  if (reader.eat('ORDER', 'BY') || reader.eat('SORT', 'BY')) {
    query.order = reader.at('ALL') ? orderAll(parser) : parser.orders();
  }
  if (reader.eat('LIMIT') && !reader.eat('ALL')) query.limit = parser.expression();
  if (reader.eat('OFFSET')) {
    query.offset = parser.expression();
    if (reader.eat('ROWS')) reader.eat('ROW');
  }
  return query;
}

function orderAll(parser: Parser): Query['order'] {
  const { reader } = parser;
  const e: Expr = { k: 'star', qualifier: [], except: [], at: reader.take().start };
  const desc = reader.eat('DESC');
  if (!desc) reader.eat('ASC');
  const nulls = reader.eat('NULLS', 'FIRST') ? 'FIRST' : reader.eat('NULLS', 'LAST') ? 'LAST' : undefined;
  return [{ e, desc, ...(nulls === undefined ? {} : { nulls }) }];
}

function setExpression(parser: Parser): Body {
  const { reader } = parser;
  let l = intersection(parser);
  for (;;) {
    const at = reader.peek()?.start ?? 0;
    const op = reader.eat('UNION') ? 'UNION' : reader.eat('EXCEPT') || reader.eat('MINUS') ? 'EXCEPT' : undefined;
    if (op === undefined) return l;
    const all = reader.eat('ALL');
    if (!all) reader.eat('DISTINCT');
    l = { k: 'set', op, all, l, r: intersection(parser), at };
  }
}

function intersection(parser: Parser): Body {
  const { reader } = parser;
  let l = term(parser);
  for (let at = reader.peek()?.start ?? 0; reader.eat('INTERSECT'); at = reader.peek()?.start ?? 0) {
    const all = reader.eat('ALL');
    if (!all) reader.eat('DISTINCT');
    l = { k: 'set', op: 'INTERSECT', all, l, r: term(parser), at };
  }
  return l;
}

function term(parser: Parser): Body {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  if (reader.eatSymbol('(')) {
    const query = readQuery(parser);
    parser.expectSymbol(')');
    return { k: 'nested', query, at };
  }
  if (reader.eat('VALUES')) return { k: 'values', rows: rows(parser), at };
  if (reader.eat('TABLE')) return allOf({ k: 'table', parts: reader.readName(), columns: [], at }, at);
  if (reader.eat('FROM')) {
    const from = fromList(parser);
    if (reader.eat('SELECT')) return select(parser, at, from);
    return { ...allOf(from[0] as From, at), from };
  }
  reader.expect('SELECT');
  return select(parser, at);
}

function allOf(from: From, at: number): Select {
  const star: Item = { e: { k: 'star', qualifier: [], except: [], at }, aliases: [] };
  return { k: 'select', distinct: false, items: [star], from: [from], laterals: [], windows: [], at };
}

function select(parser: Parser, at: number, given?: From[]): Select {
  const { reader } = parser;
  const made: Select = {
    k: 'select',
    distinct: reader.eat('DISTINCT'),
    items: [],
    from: given ?? [],
    laterals: [],
    windows: [],
    at,
  };
  if (!made.distinct) reader.eat('ALL');
  do made.items.push(item(parser));
  while (reader.eatSymbol(','));
  if (given === undefined && reader.eat('FROM')) made.from = fromList(parser);
  while (reader.at('LATERAL', 'VIEW')) made.laterals.push(lateralView(parser));
  if (reader.at('PIVOT') || reader.at('UNPIVOT'))
    throw parser.refuse(`${reader.peek()?.value} after LATERAL VIEW`, reader.peek()?.start ?? 0);
  if (reader.eat('WHERE')) made.where = parser.expression();
  if (reader.eat('GROUP', 'BY')) made.group = grouping(parser);
  if (reader.eat('HAVING')) made.having = parser.expression();
  if (reader.eat('WINDOW')) {
    do {
      const name = reader.readWord();
      reader.expect('AS');
      parser.expectSymbol('(');
      made.windows.push({ name, window: parser.window() });
      parser.expectSymbol(')');
    } while (reader.eatSymbol(','));
  }
  if (reader.eat('QUALIFY')) made.qualify = parser.expression();
  return made;
}
