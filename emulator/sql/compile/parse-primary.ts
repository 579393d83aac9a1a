import { syntaxError } from '../error.ts';
import type { Token } from '../lexer.ts';
import { parseType } from '../read-type.ts';
import { STRING, VOID } from '../spark-type.ts';
import type { Expr } from './ast.ts';
import { readNameOrCall } from './parse-call.ts';
import { readForm } from './parse-form.ts';
import { readLiteral } from './parse-literal.ts';
import { literalNumber } from './parse-number.ts';
import { readStar } from './parse-postfix.ts';
import { callOf } from './parse-special-call.ts';
import type { Parser } from './parser.ts';

/** Words that no bare identifier may be where an expression begins. */
const RESERVED = new Set(
  'SELECT FROM WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT JOIN ON USING WHEN THEN ELSE END AND OR AS IN LATERAL QUALIFY RETURNING'.split(
    ' ',
  ),
);
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

/** One operand, without what may follow it. */
export function readPrimary(parser: Parser): Expr {
  const { reader } = parser;
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
      if (text === '(') return bracketed(parser, at);
      if (text === '*') {
        reader.take();
        return readStar(parser, [], at);
      }
      throw syntaxError(text, { offset: at, length: text.length });
    case 'name':
      return readNameOrCall(parser, at);
    case 'word':
      break;
    default:
      throw syntaxError(text, { offset: at, length: text.length });
  }
  const literal = readLiteral(parser, token as Token);
  if (literal !== undefined) return literal;
  const next = reader.peek(1);
  if (value === 'CASE') return caseExpression(parser, at);
  const form = readForm(parser, token as Token);
  if (form !== undefined) return form;
  if (BARE.has(value) && next?.text !== '(' && next?.text !== '.') {
    reader.take();
    return callOf(value.toLowerCase(), [], at);
  }
  // (x, y) -> … and x -> …
  if (next?.text === '->') {
    reader.take();
    reader.take();
    return { k: 'lambda', params: [text], body: parser.expression(), at };
  }
  if (RESERVED.has(value)) throw syntaxError(text, { offset: at, length: text.length });
  return readNameOrCall(parser, at);
}

function bracketed(parser: Parser, at: number): Expr {
  const { reader } = parser;
  let ahead = 1;
  while (reader.peek(ahead)?.kind === 'word' && parser.symbol(',', ahead + 1)) ahead += 2;
  if (reader.peek(ahead)?.kind === 'word' && parser.symbol(')', ahead + 1) && parser.symbol('->', ahead + 2)) {
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

function caseExpression(parser: Parser, at: number): Expr {
  const { reader } = parser;
  reader.take();
  const operand = parser.word('WHEN') ? undefined : parser.expression();
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
