import { syntaxError } from './error.ts';
import type { Token } from './lexer.ts';
import { closing } from './parameters.ts';

/** Reads a statement's tokens from left to right. Every `expect` and `read` throws PARSE_SYNTAX_ERROR at what does not fit. */
export interface Reader {
  /** Tells whether these keywords come next. */
  at(...words: string[]): boolean;
  /** Takes these keywords if they come next. */
  eat(...words: string[]): boolean;
  expect(...words: string[]): void;
  /** Takes a symbol if it comes next. */
  eatSymbol(symbol: string): boolean;
  readName(): string[];
  readWord(): string;
  readText(): string;
  readNumber(): number;
  /** The tokens between brackets; the brackets are taken too. */
  readBrackets(): Token[];
  peek(ahead?: number): Token | undefined;
  take(): Token;
  rest(): Token[];
  readonly done: boolean;
  /** Throws unless everything was read. */
  end(): void;
  fail(): never;
}

/** Makes a reader that begins at a token. */
export function createReader(tokens: Token[], start = 0): Reader {
  let position = start;
  const isWord = (token: Token | undefined, word: string) => token?.kind === 'word' && token.value === word;
  const reader: Reader = {
    at: (...words) => words.every((word, index) => isWord(tokens[position + index], word)),
    eat(...words) {
      if (!reader.at(...words)) return false;
      position += words.length;
      return true;
    },
    expect(...words) {
      if (!reader.eat(...words)) reader.fail();
    },
    eatSymbol(symbol) {
      const token = tokens[position];
      if (token?.kind !== 'symbol' || token.text !== symbol) return false;
      position += 1;
      return true;
    },
    readName() {
      const parts = [reader.readWord()];
      while (reader.eatSymbol('.')) parts.push(reader.readWord());
      return parts;
    },
    readWord() {
      const token = tokens[position];
      if (token?.kind !== 'word' && token?.kind !== 'name') reader.fail();
      position += 1;
      return (token as Token).kind === 'name' ? (token as Token).value : (token as Token).text;
    },
    readText() {
      const token = tokens[position];
      if (token?.kind !== 'string') reader.fail();
      position += 1;
      return (token as Token).value;
    },
    readNumber() {
      const token = tokens[position];
      if (token?.kind !== 'number') reader.fail();
      position += 1;
      return Number((token as Token).text);
    },
    readBrackets() {
      if (tokens[position]?.text !== '(') reader.fail();
      const end = closing(tokens, position);
      const inner = tokens.slice(position + 1, end);
      position = end + 1;
      return inner;
    },
    peek: (ahead = 0) => tokens[position + ahead],
    take() {
      const token = tokens[position];
      if (token === undefined) reader.fail();
      position += 1;
      return token as Token;
    },
    rest() {
      const left = tokens.slice(position);
      position = tokens.length;
      return left;
    },
    get done() {
      return position >= tokens.length;
    },
    end() {
      if (position < tokens.length) reader.fail();
    },
    fail() {
      const token = tokens[position];
      const last = tokens.at(-1);
      if (token === undefined) throw syntaxError('', last === undefined ? undefined : { offset: last.end, length: 1 });
      throw syntaxError(token.text, { offset: token.start, length: token.text.length });
    },
  };
  return reader;
}

/** Reads `('a' = 'b', c.d = 1)`, as in TBLPROPERTIES and options. */
export function readProperties(reader: Reader): Record<string, string> {
  const inner = createReader(reader.readBrackets());
  const properties: Record<string, string> = {};
  while (!inner.done) {
    const name = inner.peek()?.kind === 'string' ? inner.readText() : inner.readName().join('.');
    if (!inner.eatSymbol('=')) inner.eatSymbol('==');
    const value = inner.done || inner.peek()?.text === ',' ? '' : inner.take();
    properties[name] =
      typeof value === 'string' ? value : value.kind === 'word' ? value.text.toLowerCase() : value.value;
    if (!inner.eatSymbol(',')) inner.end();
  }
  return properties;
}
