/** Where a text stops being JSON, for a person; line and column count from 1, offset from 0. */
export interface JsonSyntaxError {
  offset: number;
  line: number;
  column: number;
  /** What is allowed there. */
  expected: string;
}

const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Finds the first place where a text is not JSON; undefined for a text that is. V8's own message gives a position only
 * for some errors and repeats parts of the text, which may be a secret. Holds its own stack, so depth cannot break it.
 */
export function findJsonError(text: string): JsonSyntaxError | undefined {
  const open: ('{' | '[')[] = [];
  let at = 0;
  let wanted: 'value' | 'value or ]' | 'name' | 'name or }' | 'end' = 'value';
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  /** In pieces: one pattern for a whole text of megabytes would overflow the matcher's stack. */
  const takeText = (): boolean => {
    const start = at;
    if (text[at] !== '"') return false;
    at += 1;
    do take(PLAIN);
    while (take(ESCAPE));
    if (text[at] === '"') {
      at += 1;
      return true;
    }
    at = start;
    return false;
  };
  const validationError = (expected: string): JsonSyntaxError => placeOf(text, at, expected);
  for (;;) {
    take(SPACE);
    const next = text[at];
    if (wanted === 'name' || wanted === 'name or }') {
      if (wanted === 'name or }' && next === '}') {
        at += 1;
        open.pop();
        wanted = 'end';
        continue;
      }
      if (!takeText())
        return validationError(
          wanted === 'name' ? 'a field name in double quotes' : 'a field name in double quotes or }',
        );
      take(SPACE);
      if (text[at] !== ':') return validationError('a colon');
      at += 1;
      wanted = 'value';
    } else if (wanted === 'end') {
      const inside = open.at(-1);
      if (inside === undefined) return at === text.length ? undefined : validationError('nothing more');
      if (next === ',') wanted = inside === '{' ? 'name' : 'value';
      else if (next === (inside === '{' ? '}' : ']')) open.pop();
      else return validationError(inside === '{' ? 'a comma or }' : 'a comma or ]');
      at += 1;
    } else if (next === '{' || next === '[') {
      open.push(next);
      at += 1;
      wanted = next === '{' ? 'name or }' : 'value or ]';
    } else if (wanted === 'value or ]' && next === ']') {
      at += 1;
      open.pop();
      wanted = 'end';
    } else if (takeText() || take(SCALAR)) {
      wanted = 'end';
    } else {
      return validationError(
        next === '"' ? 'text that ends with a double quote and has no bare control character' : 'a value',
      );
    }
  }
}

function placeOf(text: string, offset: number, expected: string): JsonSyntaxError {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { offset, line: before.split('\n').length, column: offset - lineStart + 1, expected };
}
