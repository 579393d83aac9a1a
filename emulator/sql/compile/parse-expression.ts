import { syntaxError, unsupported } from '../error.ts';
import type { Token } from '../lexer.ts';
import { createReader } from '../reader.ts';
import type { Expr, Order, Query } from './ast.ts';
import { literalNumber } from './parse-number.ts';
import { readPostfix } from './parse-postfix.ts';
import { readPredicate } from './parse-predicate.ts';
import { readPrimary } from './parse-primary.ts';
import { callOf } from './parse-special-call.ts';
import { readWindow } from './parse-window.ts';
import type { Parser } from './parser.ts';

const COMPARISONS = ['=', '==', '<=>', '<>', '!=', '<', '<=', '>', '>='];
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
    primary: () => readPostfix(parser, readPrimary(parser)),
    operand: () => bitOr(),
    comparison,
    sum: () => add(),
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
    window: () => readWindow(parser),
    query: () => readQuery(parser),
    symbol: isSymbol,
    word: isWord,
    place,
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
    return readPredicate(parser);
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
      l = callOf(name, [l, add()], token.start);
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
        return readPostfix(parser, literalNumber(number, '-'));
      }
      return { k: 'unary', op: token.text === '!' ? 'NOT' : (token.text as '-'), e: unary(), at: token.start };
    }
    return parser.primary();
  }
  return parser;
}
