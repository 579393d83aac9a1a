import { type SqlError, syntaxError, unsupported } from '../error.ts';
import type { Token } from '../lexer.ts';
import { createReader, type Reader } from '../reader.ts';
import { BINARY, BOOLEAN, DATE, NTZ, parseType, type SparkType, STRING, TIMESTAMP, VOID } from '../spark-type.ts';
import type { Bound, Call, Expr, Order, Query, Window } from './ast.ts';
import { INTERVAL_UNIT, intervalLiteral } from './interval.ts';
import { literalNumber } from './parse-number.ts';

/** A parser of expressions over tokens; `query` reads a subquery. */
export interface Parser {
  reader: Reader;
  expression(): Expr;
  /** One operand: a name, a literal, a call or brackets. */
  primary(): Expr;
  list(): Expr[];
  orders(): Order[];
  window(): Window;
  query: () => Query;
  symbol(text: string): boolean;
  expectSymbol(text: string): void;
  isQuery(): boolean;
  refuse(what: string, at: number): SqlError;
}

/** Words that no bare identifier may be where an expression begins. */
const RESERVED = new Set(
  'SELECT FROM WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT JOIN ON USING WHEN THEN ELSE END AND OR AS IN LATERAL QUALIFY RETURNING'.split(
    ' ',
  ),
);
const COMPARISONS = ['=', '==', '<=>', '<>', '!=', '<', '<=', '>', '>='];
const EXTRACT_UNITS =
  /^(?:YEAR|YEARS|YR|YRS|YEAROFWEEK|QUARTER|QTR|MONTH|MONTHS|MON|MONS|WEEK|WEEKS|W|DAY|DAYS|D|DAYOFWEEK|DOW|DAYOFWEEK_ISO|DOW_ISO|DOY|HOUR|HOURS|H|HR|HRS|MINUTE|MINUTES|M|MIN|MINS|SECOND|SECONDS|S|SEC|SECS)$/i;
/** Units of dateadd and datediff. */
const ADD_UNITS = /^(?:YEAR|QUARTER|MONTH|WEEK|DAY|DAYOFYEAR|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?$/i;
/** Functions whose first argument may be a unit without quotes. */
const UNIT_FIRST = new Set(['dateadd', 'date_add', 'timestampadd', 'datediff', 'date_diff', 'timestampdiff']);
/** Functions that may be called without brackets. */
const BARE = new Set([
  'CURRENT_DATE',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
  'CURRENT_DATABASE',
  'SESSION_USER',
  'LOCALTIMESTAMP',
  'USER',
]);

/** Makes a parser; `readQuery` reads a query with it. */
export function createParser(tokens: Token[], readQuery: (parser: Parser) => Query): Parser {
  const reader = createReader(tokens);
  const isSymbol = (text: string, ahead = 0) =>
    reader.peek(ahead)?.kind === 'symbol' && reader.peek(ahead)?.text === text;
  const place = () => reader.peek()?.start ?? tokens.at(-1)?.end ?? 0;
  const isWord = (word: string, ahead = 0) => reader.peek(ahead)?.kind === 'word' && reader.peek(ahead)?.value === word;

  const parser: Parser = {
    reader,
    expression: () => orExpression(),
    primary: () => postfix(primary()),
    list() {
      const items = [parser.expression()];
      while (reader.eatSymbol(',')) items.push(parser.expression());
      return items;
    },
    orders() {
      const orders: Order[] = [];
      do {
        const order: Order = { e: parser.expression(), desc: false };
        if (reader.eat('DESC')) order.desc = true;
        else reader.eat('ASC');
        if (reader.eat('NULLS', 'FIRST')) order.nulls = 'FIRST';
        else if (reader.eat('NULLS', 'LAST')) order.nulls = 'LAST';
        orders.push(order);
      } while (reader.eatSymbol(','));
      return orders;
    },
    window: readWindow,
    query: () => readQuery(parser),
    symbol: (text) => isSymbol(text),
    expectSymbol(text) {
      if (!reader.eatSymbol(text)) reader.fail();
    },
    isQuery() {
      let ahead = 0;
      while (isSymbol('(', ahead)) ahead += 1;
      return (
        isWord('SELECT', ahead) ||
        isWord('WITH', ahead) ||
        (isWord('VALUES', ahead) && ahead === 0) ||
        (isWord('FROM', ahead) && ahead === 0)
      );
    },
    refuse(what, at) {
      const error = unsupported(what);
      return Object.assign(error, { position: { offset: at, length: 1 } });
    },
  };

  function orExpression(): Expr {
    let l = andExpression();
    for (let at = place(); reader.eat('OR'); at = place()) l = { k: 'binary', op: 'OR', l, r: andExpression(), at };
    return l;
  }
  function andExpression(): Expr {
    let l = notExpression();
    for (let at = place(); reader.eat('AND'); at = place()) l = { k: 'binary', op: 'AND', l, r: notExpression(), at };
    return l;
  }
  function notExpression(): Expr {
    const at = place();
    if (isWord('NOT')) {
      reader.take();
      return { k: 'unary', op: 'NOT', e: notExpression(), at };
    }
    return predicate();
  }
  function predicate(): Expr {
    let e = comparison();
    for (;;) {
      const at = place();
      if (reader.eat('IS')) {
        const not = reader.eat('NOT');
        if (reader.eat('DISTINCT')) {
          reader.expect('FROM');
          e = { k: 'is', e, what: 'DISTINCT', not, other: comparison(), at };
        } else {
          const word = reader.readWord().toUpperCase();
          if (!['NULL', 'TRUE', 'FALSE', 'UNKNOWN'].includes(word)) throw syntaxError(word, { offset: at, length: 2 });
          e = { k: 'is', e, what: word, not, at };
        }
        continue;
      }
      const not =
        isWord('NOT') && ['IN', 'BETWEEN', 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].some((word) => isWord(word, 1));
      if (not) reader.take();
      if (reader.eat('IN')) {
        parser.expectSymbol('(');
        if (parser.isQuery()) e = { k: 'in', e, query: parser.query(), not, at };
        else e = { k: 'in', e, list: parser.list(), not, at };
        parser.expectSymbol(')');
      } else if (reader.eat('BETWEEN')) {
        const low = comparison();
        reader.expect('AND');
        e = { k: 'between', e, low, high: comparison(), not, at };
      } else if (['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].some((word) => isWord(word))) {
        const op = reader.readWord().toUpperCase();
        const quantifier = ['ANY', 'SOME', 'ALL'].find((word) => isWord(word) && isSymbol('(', 1));
        if (quantifier !== undefined) {
          reader.take();
          parser.expectSymbol('(');
          const patterns = parser.list();
          parser.expectSymbol(')');
          e = { k: 'like', op, e, patterns, quantifier, not, at };
        } else {
          const pattern = comparison();
          const escapeWith = reader.eat('ESCAPE') ? reader.readText() : undefined;
          e = {
            k: 'like',
            op,
            e,
            patterns: [pattern],
            ...(escapeWith === undefined ? {} : { escape: escapeWith }),
            not,
            at,
          };
        }
      } else return e;
    }
  }
  function comparison(): Expr {
    let l = bitOr();
    for (;;) {
      const token = reader.peek();
      if (token?.kind !== 'symbol' || !COMPARISONS.includes(token.text)) {
        if (token?.kind === 'symbol' && token.text === '!' && isSymbol('=', 1))
          throw syntaxError('!', { offset: token.start, length: 1 });
        return l;
      }
      reader.take();
      l = { k: 'binary', op: token.text, l, r: bitOr(), at: token.start };
    }
  }
  const level = (ops: string[], next: () => Expr) => (): Expr => {
    let l = next();
    for (;;) {
      const token = reader.peek();
      const found =
        token?.kind === 'symbol'
          ? ops.includes(token.text)
          : token?.kind === 'word' && token.value === 'DIV' && ops.includes('DIV');
      if (token === undefined || !found) return l;
      if (token.text === '|' && reader.peek(1)?.start === token.end && isSymbol('>', 1))
        throw parser.refuse('the pipe operator |>', token.start);
      reader.take();
      l = { k: 'binary', op: token.kind === 'word' ? 'div' : token.text, l, r: next(), at: token.start };
    }
  };
  const multiply = level(['*', '/', '%', 'DIV'], unary);
  const add = level(['+', '-', '||'], multiply);
  // << >> >>>: the lexer leaves them apart, because types end with >>
  const shift = (): Expr => {
    let l = add();
    for (;;) {
      const size = ['<', '>'].includes(reader.peek()?.text ?? '') ? shiftSize() : 0;
      if (size === 0) return l;
      const token = reader.peek() as Token;
      const name = token.text === '<' ? 'shiftleft' : size === 2 ? 'shiftright' : 'shiftrightunsigned';
      for (let taken = 0; taken < size; taken += 1) reader.take();
      l = call(name, [l, add()], token.start);
    }
  };
  function shiftSize(): number {
    const { text, end } = reader.peek() as Token;
    const next = reader.peek(1);
    if (next?.kind !== 'symbol' || next.text !== text || next.start !== end) return 0;
    const third = reader.peek(2);
    return text === '>' && third?.text === '>' && third.start === next.end ? 3 : 2;
  }
  const bitAnd = level(['&'], shift);
  const bitXor = level(['^'], bitAnd);
  const bitOr = level(['|'], bitXor);

  function unary(): Expr {
    const token = reader.peek();
    if (token?.kind === 'symbol' && ['-', '+', '~', '!'].includes(token.text)) {
      reader.take();
      const number = reader.peek();
      if (token.text === '-' && number?.kind === 'number' && !isSymbol('::', 1)) {
        reader.take();
        return postfix(literalNumber(number, '-'));
      }
      return { k: 'unary', op: token.text === '!' ? 'NOT' : (token.text as '-'), e: unary(), at: token.start };
    }
    return postfix(primary());
  }
  function postfix(first: Expr): Expr {
    let e = first;
    for (;;) {
      const at = place();
      if (reader.eatSymbol('[')) {
        const i = parser.expression();
        parser.expectSymbol(']');
        e = { k: 'index', e, i, at };
      } else if (isSymbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
        reader.take();
        e = { k: 'field', e, name: reader.readWord(), at };
      } else if (isSymbol('.') && isSymbol('*', 1) && e.k === 'column') {
        reader.take();
        reader.take();
        return star(e.parts, at);
      } else if (reader.eatSymbol('::')) e = { k: 'cast', e, type: readType(), attempt: false, at };
      else if (isSymbol('?') && isSymbol('::', 1)) {
        reader.take();
        reader.take();
        e = { k: 'cast', e, type: readType(), attempt: true, at };
      } else if (isWord('COLLATE') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
        reader.take();
        const name = reader.readWord();
        if (name.toUpperCase() !== 'UTF8_BINARY') throw parser.refuse(`the collation ${name}`, at);
      } else if (isSymbol(':') && reader.peek()?.start === reader.peek(-1)?.end) e = path(e, at);
      else return e;
    }
  }
  // c:a.b['x'][0][*]
  function path(e: Expr, at: number): Expr {
    reader.take();
    let text = '$';
    let last = '';
    const part = (name: string) => {
      last = name;
      text += /^\w+$/.test(name) ? `.${name}` : `['${name.replaceAll("'", "\\'")}']`;
    };
    if (isSymbol('[')) bracket();
    else part(reader.readWord());
    for (;;) {
      if (isSymbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
        reader.take();
        part(reader.readWord());
      } else if (isSymbol('[')) bracket();
      else return { k: 'path', e, path: text, name: last, at };
    }
    function bracket() {
      reader.take();
      const token = reader.take();
      if (token.kind === 'string') part(token.value);
      else if (token.kind === 'number' && /^\d+$/.test(token.text)) text += `[${token.text}]`;
      else if (token.text === '*') text += '[*]';
      else throw syntaxError(token.text, { offset: token.start, length: token.text.length });
      parser.expectSymbol(']');
    }
  }
  function readType(): SparkType {
    const start = reader.peek() as Token | undefined;
    const parts = [reader.readWord()];
    if (parts[0]?.toUpperCase() === 'INTERVAL')
      while (/^(?:YEAR|MONTH|DAY|HOUR|MINUTE|SECOND|TO)$/.test(reader.peek()?.value ?? ''))
        parts.push(reader.readWord());
    if (isSymbol('(')) parts.push('(', ...reader.readBrackets().map((token) => token.text), ')');
    if (isSymbol('<')) {
      let depth = 0;
      do {
        const token = reader.take();
        if (token.text === '<') depth += 1;
        if (token.text === '>') depth -= 1;
        if (token.text !== '<>') parts.push(token.text);
        else parts.push('<', '>');
      } while (depth > 0);
    }
    try {
      return parseType(parts.join(' '));
    } catch (error) {
      throw Object.assign(error as SqlError, {
        position: { offset: start?.start ?? 0, length: start?.text.length ?? 1 },
      });
    }
  }
  function star(qualifier: string[], at: number): Expr {
    const except: string[] = [];
    if (isWord('EXCEPT') && isSymbol('(', 1) && !isWord('SELECT', 2)) {
      reader.take();
      for (const token of reader.readBrackets())
        if (token.kind === 'word') except.push(token.text);
        else if (token.kind === 'name') except.push(token.value);
    }
    return { k: 'star', qualifier, except, at };
  }
  function primary(): Expr {
    const token = reader.peek();
    if (token === undefined) reader.fail();
    const at = (token as Token).start;
    const { kind, value, text } = token as Token;
    switch (kind) {
      case 'string': {
        reader.take();
        let joined = value;
        while (reader.peek()?.kind === 'string' && reader.peek()?.text !== '') joined += reader.take().value;
        return { k: 'literal', type: STRING, value: joined, at };
      }
      case 'number':
        reader.take();
        return literalNumber(token as Token, '');
      case 'raw': {
        reader.take();
        const type = (token as Token).type;
        if (type === undefined) throw syntaxError(text, { offset: at, length: 1 });
        const bound: Expr = {
          k: 'literal',
          type: (token as Token).isNull ? VOID : STRING,
          value: (token as Token).isNull ? null : value,
          at,
        };
        return { k: 'cast', e: bound, type: parseType(type), attempt: false, at };
      }
      case 'symbol':
        if (text === '(') return bracketed(at);
        if (text === '*') {
          reader.take();
          return star([], at);
        }
        throw syntaxError(text, { offset: at, length: text.length });
      case 'name':
        return nameOrCall(at);
      case 'word':
        break;
      default:
        throw syntaxError(text, { offset: at, length: text.length });
    }
    const next = reader.peek(1);
    if (next?.kind === 'string' && next.start === (token as Token).end && (value === 'R' || value === 'X')) {
      reader.take();
      reader.take();
      return { k: 'literal', type: value === 'R' ? STRING : BINARY, value: next.value, at };
    }
    if (next?.kind === 'string' && ['DATE', 'TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ'].includes(value)) {
      reader.take();
      reader.take();
      const type = value === 'DATE' ? DATE : value === 'TIMESTAMP_NTZ' ? NTZ : TIMESTAMP;
      return { k: 'literal', type, value: next.value, at };
    }
    if (value === 'INTERVAL' && next !== undefined && next.text !== '.' && next.text !== ',' && next.text !== ')')
      return interval(at);
    if (value === 'NULL' || value === 'TRUE' || value === 'FALSE') {
      reader.take();
      return {
        k: 'literal',
        type: value === 'NULL' ? VOID : BOOLEAN,
        value: value === 'NULL' ? null : value.toLowerCase(),
        at,
      };
    }
    if (value === 'CASE') return caseExpression(at);
    if ((value === 'CAST' || value === 'TRY_CAST') && next?.text === '(') {
      reader.take();
      reader.take();
      const e = parser.expression();
      reader.expect('AS');
      const type = readType();
      parser.expectSymbol(')');
      return { k: 'cast', e, type, attempt: value === 'TRY_CAST', at };
    }
    if (value === 'EXISTS' && next?.text === '(' && (isWord('SELECT', 2) || isWord('WITH', 2) || isWord('VALUES', 2))) {
      reader.take();
      parser.expectSymbol('(');
      const query = parser.query();
      parser.expectSymbol(')');
      return { k: 'exists', query, at };
    }
    if (value === 'EXTRACT' && next?.text === '(') {
      reader.take();
      reader.take();
      const unit = reader.readWord();
      if (!EXTRACT_UNITS.test(unit)) throw parser.refuse(`extract(${unit} FROM …)`, at);
      reader.expect('FROM');
      const e = parser.expression();
      parser.expectSymbol(')');
      return call('extract', [{ k: 'literal', type: STRING, value: unit, at }, e], at);
    }
    if (BARE.has(value) && next?.text !== '(' && next?.text !== '.') {
      reader.take();
      return call(value.toLowerCase(), [], at);
    }
    // (x, y) -> … and x -> …
    if (next?.text === '->') {
      reader.take();
      reader.take();
      return { k: 'lambda', params: [text], body: parser.expression(), at };
    }
    if (RESERVED.has(value)) throw syntaxError(text, { offset: at, length: text.length });
    return nameOrCall(at);
  }
  function bracketed(at: number): Expr {
    let ahead = 1;
    while (reader.peek(ahead)?.kind === 'word' && isSymbol(',', ahead + 1)) ahead += 2;
    if (reader.peek(ahead)?.kind === 'word' && isSymbol(')', ahead + 1) && isSymbol('->', ahead + 2)) {
      const params = reader
        .readBrackets()
        .filter((token) => token.kind === 'word')
        .map((token) => token.text);
      reader.take();
      return { k: 'lambda', params, body: parser.expression(), at };
    }
    reader.take();
    if (parser.isQuery()) {
      const query = parser.query();
      parser.expectSymbol(')');
      return { k: 'query', query, at };
    }
    const items = parser.list();
    parser.expectSymbol(')');
    return items.length === 1 ? (items[0] as Expr) : { k: 'tuple', items, at };
  }
  function interval(at: number): Expr {
    reader.take();
    const parts: { sign: string; value: Token; unit: string; to?: string }[] = [];
    for (;;) {
      const sign = reader.eatSymbol('-') ? '-' : '';
      const value = reader.peek();
      if (value?.kind !== 'string' && value?.kind !== 'number') break;
      if (parts.length > 0 && !INTERVAL_UNIT.test(reader.peek(1)?.value ?? '')) break;
      reader.take();
      // INTERVAL '3 days 2 hours'
      if (value.kind === 'string' && !INTERVAL_UNIT.test(reader.peek()?.value ?? ''))
        return intervalLiteral([{ sign, value: value.value, unit: '' }], at);
      const unit = reader.readWord();
      const to = reader.eat('TO') ? reader.readWord() : undefined;
      parts.push({ sign, value, unit, ...(to === undefined ? {} : { to }) });
    }
    if (parts.length > 0)
      return intervalLiteral(
        parts.map((part) => ({ ...part, value: part.value.value })),
        at,
      );
    // INTERVAL (expression) DAY is no Databricks SQL; INTERVAL as a column's name
    throw syntaxError(reader.peek()?.text ?? '', { offset: at, length: 8 });
  }
  function caseExpression(at: number): Expr {
    reader.take();
    const operand = isWord('WHEN') ? undefined : parser.expression();
    const whens: { when: Expr; then: Expr }[] = [];
    while (reader.eat('WHEN')) {
      const when = parser.expression();
      reader.expect('THEN');
      whens.push({ when, then: parser.expression() });
    }
    const otherwise = reader.eat('ELSE') ? parser.expression() : undefined;
    reader.expect('END');
    return {
      k: 'case',
      ...(operand === undefined ? {} : { operand }),
      whens,
      ...(otherwise === undefined ? {} : { otherwise }),
      at,
    };
  }
  function call(name: string, args: Expr[], at: number): Call {
    return { k: 'call', name, args, distinct: false, ignoreNulls: false, orderBy: [], at };
  }
  function nameOrCall(at: number): Expr {
    const parts = [reader.readWord()];
    while (isSymbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
      reader.take();
      parts.push(reader.readWord());
    }
    if (isSymbol('(')) return readCall(parts, at);
    return { k: 'column', parts, at };
  }
  function readCall(parts: string[], at: number): Expr {
    const name = parts.join('.').toLowerCase();
    reader.take();
    const made = call(name, [], at);
    if (reader.eat('DISTINCT')) made.distinct = true;
    else if (isWord('ALL') && !isSymbol(')', 1)) reader.take();
    if (name === 'trim' || name === 'overlay' || name === 'position' || name === 'substring' || name === 'substr')
      return readSpecial(made);
    if (!isSymbol(')')) {
      if (
        UNIT_FIRST.has(name) &&
        reader.peek()?.kind === 'word' &&
        isSymbol(',', 1) &&
        ADD_UNITS.test(reader.peek()?.text ?? '')
      ) {
        let commas = 0;
        let depth = 0;
        for (let ahead = 0; reader.peek(ahead) !== undefined && depth >= 0; ahead += 1) {
          if (isSymbol('(', ahead) || isSymbol('[', ahead)) depth += 1;
          if (isSymbol(')', ahead) || isSymbol(']', ahead)) depth -= 1;
          if (depth === 0 && isSymbol(',', ahead)) commas += 1;
        }
        if (commas === 2) {
          const unit = reader.take();
          made.args.push({ k: 'literal', type: STRING, value: unit.value, at: unit.start });
          reader.eatSymbol(',');
        }
      }
      do {
        if (['word', 'name'].includes(reader.peek()?.kind ?? '') && isSymbol('=>', 1)) {
          const named = reader.readWord();
          reader.take();
          made.args.push({ k: 'named', name: named, e: parser.expression(), at });
        } else if (parser.isQuery()) {
          made.args.push({ k: 'query', query: parser.query(), at });
        } else {
          const e = parser.expression();
          const as = name === 'struct' && reader.eat('AS') ? reader.readWord() : undefined;
          made.args.push(as === undefined ? e : { k: 'named', name: as, e, at: e.at });
        }
        // first(x IGNORE NULLS)
        if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
        else reader.eat('RESPECT', 'NULLS');
      } while (reader.eatSymbol(','));
      if (reader.eat('ORDER', 'BY')) made.orderBy = parser.orders();
    }
    parser.expectSymbol(')');
    return suffixes(made);
  }
  function suffixes(made: Call): Call {
    if (reader.eat('WITHIN', 'GROUP')) {
      parser.expectSymbol('(');
      reader.expect('ORDER', 'BY');
      made.orderBy = parser.orders();
      parser.expectSymbol(')');
    }
    if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
    else reader.eat('RESPECT', 'NULLS');
    if (isWord('FILTER') && isSymbol('(', 1)) {
      reader.take();
      parser.expectSymbol('(');
      reader.expect('WHERE');
      made.filter = parser.expression();
      parser.expectSymbol(')');
    }
    if (reader.eat('IGNORE', 'NULLS')) made.ignoreNulls = true;
    if (reader.eat('OVER')) {
      if (isSymbol('(')) {
        reader.take();
        made.over = readWindow();
        parser.expectSymbol(')');
      } else made.over = reader.readWord();
    }
    return made;
  }
  // trim(BOTH 'x' FROM s), substring(s FROM 1 FOR 2), position('a' IN s), overlay(s PLACING r FROM 1)
  function readSpecial(made: Call): Expr {
    const { name, at } = made;
    if (name === 'trim') {
      const side = ['BOTH', 'LEADING', 'TRAILING'].find(
        (word) => isWord(word) && !isSymbol(',', 1) && !isSymbol(')', 1),
      );
      if (side !== undefined) reader.take();
      const what = isWord('FROM') ? undefined : parser.expression();
      if (reader.eat('FROM')) {
        const e = parser.expression();
        parser.expectSymbol(')');
        const target = side === 'LEADING' ? 'ltrim' : side === 'TRAILING' ? 'rtrim' : 'trim';
        return call(target, what === undefined ? [e] : [what, e], at);
      }
      made.args.push(what as Expr);
    } else if (name === 'position') {
      made.args.push(bitOr());
      if (reader.eat('IN')) made.args.push(bitOr());
    } else {
      made.args.push(parser.expression());
      const words = name === 'overlay' ? ['PLACING', 'FROM', 'FOR'] : ['FROM', 'FOR'];
      for (const word of words) if (reader.eat(word)) made.args.push(parser.expression());
    }
    while (reader.eatSymbol(',')) made.args.push(parser.expression());
    parser.expectSymbol(')');
    return suffixes(made);
  }
  function readWindow(): Window {
    const window: Window = { partition: [], order: [] };
    if (
      reader.peek()?.kind === 'word' &&
      !['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'DISTRIBUTE', 'SORT'].includes(reader.peek()?.value ?? '')
    )
      window.base = reader.readWord();
    if (reader.eat('PARTITION', 'BY') || reader.eat('DISTRIBUTE', 'BY')) window.partition = parser.list();
    if (reader.eat('ORDER', 'BY') || reader.eat('SORT', 'BY')) window.order = parser.orders();
    if (isWord('ROWS') || isWord('RANGE')) {
      const unit = reader.readWord().toUpperCase();
      if (reader.eat('BETWEEN')) {
        const from = bound();
        reader.expect('AND');
        window.frame = { unit, from, to: bound() };
      } else window.frame = { unit, from: bound() };
    }
    return window;
  }
  function bound(): Bound {
    if (reader.eat('UNBOUNDED', 'PRECEDING')) return { kind: 'UNBOUNDED PRECEDING' };
    if (reader.eat('UNBOUNDED', 'FOLLOWING')) return { kind: 'UNBOUNDED FOLLOWING' };
    if (reader.eat('CURRENT', 'ROW')) return { kind: 'CURRENT ROW' };
    const e = add();
    if (reader.eat('PRECEDING')) return { kind: 'PRECEDING', e };
    reader.expect('FOLLOWING');
    return { kind: 'FOLLOWING', e };
  }
  return parser;
}
