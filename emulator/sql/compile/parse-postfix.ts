import { syntaxError } from '../error.ts';
import type { Expr } from './ast.ts';
import { readType } from './parse-type.ts';
import type { Parser } from './parser.ts';

/** What may follow an operand: [i], .field, .*, ::type, :path, COLLATE. */
export function readPostfix(parser: Parser, first: Expr): Expr {
  const { reader } = parser;
  let e = first;
  for (;;) {
    const at = parser.place();
    if (reader.eatSymbol('[')) {
      const i = parser.expression();
      parser.expectSymbol(']');
      e = { k: 'index', e, i, at };
    } else if (parser.symbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
      reader.take();
      e = { k: 'field', e, name: reader.readWord(), at };
    } else if (parser.symbol('.') && parser.symbol('*', 1) && e.k === 'column') {
      reader.take();
      reader.take();
      return readStar(parser, e.parts, at);
    } else if (reader.eatSymbol('::')) e = { k: 'cast', e, type: readType(parser), attempt: false, at };
    else if (parser.symbol('?') && parser.symbol('::', 1)) {
      reader.take();
      reader.take();
      e = { k: 'cast', e, type: readType(parser), attempt: true, at };
    } else if (parser.word('COLLATE') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
      reader.take();
      const name = reader.readWord();
      if (name.toUpperCase() !== 'UTF8_BINARY') throw parser.refuse(`the collation ${name}`, at);
    } else if (parser.symbol(':') && reader.peek()?.start === reader.peek(-1)?.end) e = path(parser, e, at);
    else return e;
  }
}

// c:a.b['x'][0][*]
function path(parser: Parser, e: Expr, at: number): Expr {
  const { reader } = parser;
  reader.take();
  let text = '$';
  let last = '';
  const part = (name: string) => {
    last = name;
    text += /^\w+$/.test(name) ? `.${name}` : `['${name.replaceAll("'", "\\'")}']`;
  };
  if (parser.symbol('[')) bracket();
  else part(reader.readWord());
  for (;;) {
    if (parser.symbol('.') && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
      reader.take();
      part(reader.readWord());
    } else if (parser.symbol('[')) bracket();
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

/** A star, maybe with EXCEPT (…), after its qualifier. */
export function readStar(parser: Parser, qualifier: string[], at: number): Expr {
  const { reader } = parser;
  const except: string[] = [];
  if (parser.word('EXCEPT') && parser.symbol('(', 1) && !parser.word('SELECT', 2)) {
    reader.take();
    for (const token of reader.readBrackets())
      if (token.kind === 'word') except.push(token.text);
      else if (token.kind === 'name') except.push(token.value);
  }
  return { k: 'star', qualifier, except, at };
}
