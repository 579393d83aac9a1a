import { syntaxError } from '../error.ts';
import type { Token } from '../lexer.ts';
import { STRING } from '../spark-type.ts';
import type { Body, Call, Expr, From, Item, LateralView, Query, Select } from './ast.ts';
import { createParser, type Parser } from './parse-expression.ts';

const CLAUSES = new Set(
  'FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT MINUS QUALIFY WINDOW LATERAL SORT DISTRIBUTE CLUSTER ON USING JOIN INNER LEFT RIGHT FULL CROSS NATURAL SEMI ANTI TABLESAMPLE PIVOT UNPIVOT VERSION TIMESTAMP FOR SET WHEN THEN RETURNING ASOF POSITIONAL WITH'.split(
    ' ',
  ),
);

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

function rows(parser: Parser): Expr[][] {
  const found: Expr[][] = [];
  do {
    const e = parser.expression();
    found.push(e.k === 'tuple' ? e.items : [e]);
  } while (parser.reader.eatSymbol(','));
  return found;
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

function item(parser: Parser): Item {
  const { reader } = parser;
  const e = parser.expression();
  if (reader.eat('AS')) return { e, aliases: parser.symbol('(') ? names(parser) : [reader.readWord()] };
  const next = reader.peek();
  if (next?.kind === 'name' || (next?.kind === 'word' && !CLAUSES.has(next.value)))
    return { e, aliases: [reader.readWord()] };
  return { e, aliases: [] };
}

function grouping(parser: Parser): NonNullable<Select['group']> {
  const { reader } = parser;
  if (reader.eat('ALL')) return { kind: 'all', items: [], sets: [] };
  for (const kind of ['ROLLUP', 'CUBE'] as const)
    if (reader.at(kind) && reader.peek(1)?.text === '(') {
      reader.take();
      reader.take();
      const items = parser.list();
      parser.expectSymbol(')');
      return { kind, items, sets: [] };
    }
  if (reader.eat('GROUPING', 'SETS')) {
    parser.expectSymbol('(');
    return { kind: 'GROUPING SETS', items: [], sets: sets(parser) };
  }
  const items = parser.list();
  if (reader.eat('WITH', 'ROLLUP')) return { kind: 'ROLLUP', items, sets: [] };
  if (reader.eat('WITH', 'CUBE')) return { kind: 'CUBE', items, sets: [] };
  if (reader.eat('GROUPING', 'SETS')) {
    parser.expectSymbol('(');
    return { kind: 'GROUPING SETS', items, sets: sets(parser) };
  }
  return { kind: 'list', items, sets: [] };
}

function sets(parser: Parser): Expr[][] {
  const found: Expr[][] = [];
  do {
    if (parser.symbol('(') && parser.reader.peek(1)?.text === ')') {
      parser.reader.take();
      parser.reader.take();
      found.push([]);
      continue;
    }
    const e = parser.expression();
    found.push(e.k === 'tuple' ? e.items : [e]);
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}

/** Reads what follows FROM. */
function fromList(parser: Parser): From[] {
  const found = [joined(parser)];
  while (parser.reader.eatSymbol(',')) found.push(joined(parser));
  return found;
}

function joined(parser: Parser): From {
  const { reader } = parser;
  let l = relation(parser);
  for (;;) {
    const at = reader.peek()?.start ?? 0;
    const natural = reader.eat('NATURAL');
    const type = joinType(parser);
    if (type === undefined) {
      if (natural) reader.fail();
      return l;
    }
    const r = relation(parser);
    const join: From = { k: 'join', type, l, r, natural, at };
    if (reader.eat('ON')) join.on = parser.expression();
    else if (reader.eat('USING')) join.using = names(parser);
    l = join;
  }
}

function joinType(parser: Parser): string | undefined {
  const { reader } = parser;
  for (const words of [['JOIN'], ['INNER', 'JOIN'], ['CROSS', 'JOIN'], ['SEMI', 'JOIN'], ['ANTI', 'JOIN']])
    if (reader.eat(...words)) return words.length === 1 ? 'INNER' : words[0];
  for (const side of ['LEFT', 'RIGHT', 'FULL'])
    for (const words of [
      [side, 'JOIN'],
      [side, 'OUTER', 'JOIN'],
      [side, 'SEMI', 'JOIN'],
      [side, 'ANTI', 'JOIN'],
    ])
      if (reader.eat(...words)) return ['SEMI', 'ANTI'].includes(words[1] as string) ? words[1] : side;
  return undefined;
}

/** Reads one relation, as after UPDATE, MERGE INTO and USING. */
export function relationOf(parser: Parser): From {
  return relation(parser);
}

function relation(parser: Parser): From {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  const lateral = reader.eat('LATERAL');
  let made: From;
  if (reader.eatSymbol('(')) {
    if (parser.isQuery() || reader.at('TABLE')) {
      const query = readQuery(parser);
      made = { k: 'sub', query, columns: [], lateral, at };
    } else if (reader.eat('DESCRIBE', 'HISTORY') || reader.eat('DESC', 'HISTORY')) {
      const value = reader
        .readName()
        .map((part) => `\`${part.replaceAll('`', '``')}\``)
        .join('.');
      const name: Expr = { k: 'literal', type: STRING, value, at };
      const call: Call = {
        k: 'call',
        name: 'describe history',
        args: [name],
        distinct: false,
        ignoreNulls: false,
        orderBy: [],
        at,
      };
      made = { k: 'function', call, columns: [], at };
    } else if (reader.at('DESCRIBE') || reader.at('SHOW'))
      throw parser.refuse(`a ${reader.peek()?.value} statement as a relation`, at);
    else made = joined(parser);
    parser.expectSymbol(')');
  } else if (reader.at('VALUES')) {
    reader.take();
    const query: Query = { recursive: false, ctes: [], body: { k: 'values', rows: rows(parser), at }, order: [], at };
    made = { k: 'sub', query, columns: [], lateral: false, at };
  } else {
    const first = reader.peek();
    if (first?.kind === 'word' && CLAUSES.has(first.value))
      throw syntaxError(first.text, { offset: first.start, length: first.text.length });
    const parts = reader.readName();
    if (parser.symbol('(')) {
      made = { k: 'function', call: tableCall(parser, parts, at), columns: [], at };
    } else {
      made = { k: 'table', parts, columns: [], at };
      travel(parser, made);
    }
  }
  made = sampled(parser, made);
  if (made.k === 'join') return pivoted(parser, made);
  aliased(parser, made.k === 'sample' ? (made.from as Aliased) : made);
  return pivoted(parser, made);
}

type Aliased = Exclude<From, { k: 'join' } | { k: 'sample' }>;

function aliased(parser: Parser, made: Aliased): void {
  const { reader } = parser;
  const as = reader.eat('AS');
  const next = reader.peek();
  if (as || next?.kind === 'name' || (next?.kind === 'word' && !CLAUSES.has(next.value))) {
    made.alias = reader.readWord();
    if (parser.symbol('(')) made.columns = names(parser);
  }
}

// TABLESAMPLE (10 ROWS), (5 PERCENT)
function sampled(parser: Parser, from: From): From {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  if (!reader.eat('TABLESAMPLE')) return from;
  parser.expectSymbol('(');
  const number = reader.readNumber();
  const unit = reader.readWord().toUpperCase();
  if (unit !== 'ROWS' && unit !== 'PERCENT') throw parser.refuse(`TABLESAMPLE by ${unit}`, at);
  parser.expectSymbol(')');
  if (reader.at('REPEATABLE')) throw parser.refuse('TABLESAMPLE … REPEATABLE', at);
  return { k: 'sample', from, ...(unit === 'ROWS' ? { rows: number } : { percent: number }), at };
}

// PIVOT (sum(v) AS s FOR (a, b) IN ((1, 2) AS x)), UNPIVOT (v FOR n IN (a AS x, b))
function pivoted(parser: Parser, from: From): From {
  const { reader } = parser;
  const at = reader.peek()?.start ?? 0;
  let made: Aliased;
  if (reader.eat('PIVOT')) {
    parser.expectSymbol('(');
    const aggregates = [item(parser)];
    while (reader.eatSymbol(',')) aggregates.push(item(parser));
    reader.expect('FOR');
    const on = tuple(parser.primary());
    reader.expect('IN');
    if (parser.symbol('(') && parser.isQuery()) throw parser.refuse('PIVOT by a query', at);
    made = { k: 'pivot', from, aggregates, on, values: pivotSets(parser), columns: [], at };
    parser.expectSymbol(')');
  } else if (reader.eat('UNPIVOT')) {
    const includeNulls = reader.eat('INCLUDE', 'NULLS');
    if (!includeNulls) reader.eat('EXCLUDE', 'NULLS');
    parser.expectSymbol('(');
    const values = parser.symbol('(') ? names(parser) : [reader.readWord()];
    reader.expect('FOR');
    const name = reader.readWord();
    reader.expect('IN');
    made = { k: 'unpivot', from, includeNulls, name, values, sets: pivotSets(parser), columns: [], at };
    parser.expectSymbol(')');
  } else return from;
  aliased(parser, made);
  return pivoted(parser, made);
}

function pivotSets(parser: Parser): { items: Expr[]; alias?: string }[] {
  parser.expectSymbol('(');
  const found: { items: Expr[]; alias?: string }[] = [];
  do {
    const { e, aliases } = item(parser);
    found.push({ items: tuple(e), ...(aliases[0] === undefined ? {} : { alias: aliases[0] }) });
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}

const tuple = (e: Expr): Expr[] => (e.k === 'tuple' ? e.items : [e]);

// VERSION AS OF 1, TIMESTAMP AS OF '…', t@v1
function travel(parser: Parser, made: From & { k: 'table' }): void {
  const { reader } = parser;
  reader.eat('FOR');
  const kind = ['VERSION', 'TIMESTAMP', 'SYSTEM_VERSION', 'SYSTEM_TIME'].find((word) => reader.at(word, 'AS', 'OF'));
  if (kind !== undefined) {
    reader.eat(kind, 'AS', 'OF');
    const token = reader.take();
    if (token.kind === 'raw' || token.kind === 'string' || token.kind === 'number')
      made.version = { kind, value: token.value };
    else throw parser.refuse('a version that is no literal', token.start);
  } else if (parser.symbol('@')) {
    reader.take();
    const word = reader.peek()?.kind === 'number' ? reader.take().text : reader.readWord();
    if (!/^v\d+$/i.test(word)) throw parser.refuse('time travel by @timestamp', made.at);
    made.version = { kind: 'VERSION', value: word.slice(1) };
  }
}

function tableCall(parser: Parser, parts: string[], at: number): Call {
  const made: Call = {
    k: 'call',
    name: parts.join('.').toLowerCase(),
    args: [],
    distinct: false,
    ignoreNulls: false,
    orderBy: [],
    at,
  };
  parser.expectSymbol('(');
  if (!parser.symbol(')')) {
    do {
      const next = parser.reader.peek(1);
      if (['word', 'name'].includes(parser.reader.peek()?.kind ?? '') && next?.text === '=>') {
        const name = parser.reader.readWord();
        parser.reader.take();
        made.args.push({ k: 'named', name, e: parser.expression(), at });
      } else made.args.push(parser.expression());
    } while (parser.reader.eatSymbol(','));
  }
  parser.expectSymbol(')');
  return made;
}

function lateralView(parser: Parser): LateralView {
  const { reader } = parser;
  reader.expect('LATERAL', 'VIEW');
  const outer = reader.eat('OUTER');
  const at = reader.peek()?.start ?? 0;
  const call = tableCall(parser, reader.readName(), at);
  const view: LateralView = { outer, call, alias: '', columns: [] };
  if (
    reader.peek()?.kind !== 'symbol' &&
    !reader.at('AS') &&
    reader.peek() !== undefined &&
    !CLAUSES.has(reader.peek()?.value ?? '')
  )
    view.alias = reader.readWord();
  if (reader.eat('AS')) {
    if (parser.symbol('(')) view.columns = names(parser);
    else {
      view.columns.push(reader.readWord());
      while (reader.eatSymbol(',')) view.columns.push(reader.readWord());
    }
  }
  return view;
}

function names(parser: Parser): string[] {
  parser.expectSymbol('(');
  const found: string[] = [];
  do {
    found.push(parser.reader.readWord());
    // (a COMMENT 'x') as in views
    if (parser.reader.eat('COMMENT')) parser.reader.readText();
  } while (parser.reader.eatSymbol(','));
  parser.expectSymbol(')');
  return found;
}
