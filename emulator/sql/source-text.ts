import type { Token } from './lexer.ts';

/** Tokens as they were written, with one space where there was a gap. */
export function sourceText(tokens: Token[]): string {
  return tokens
    .map((token, index) => {
      const before = tokens[index - 1];
      const text = token.kind === 'string' && token.text === '' ? `'${token.value.replaceAll("'", "''")}'` : token.text;
      return before !== undefined && token.start > before.end ? ` ${text}` : text;
    })
    .join('');
}
