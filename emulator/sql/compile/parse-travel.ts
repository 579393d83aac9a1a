import type { From } from './ast.ts';
import type { Parser } from './parser.ts';

/** VERSION AS OF 1, TIMESTAMP AS OF '…', t@v1 */
export function travel(parser: Parser, made: From & { k: 'table' }): void {
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
