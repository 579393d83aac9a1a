import { syntaxError } from '../error.ts';
import { STRING } from '../spark-type.ts';
import type { Call, Expr, From, Query } from './ast.ts';
import { type Aliased, aliased } from './parse-alias.ts';
import { CLAUSES, names, rows } from './parse-item.ts';
import { pivoted } from './parse-pivot.ts';
import { tableCall } from './parse-table-function.ts';
import { travel } from './parse-travel.ts';
import type { Parser } from './parser.ts';

/** Reads what follows FROM. */
export function fromList(parser: Parser): From[] {
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
      const query = parser.query();
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
