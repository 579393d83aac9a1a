/** A part of a template's text. */
export type Part =
  | { text: string }
  /** What is between `{{` and the `}}` that ends it. */
  | { source: string }
  /** What follows a `{{` that nothing ends. */
  | { unclosed: string };

const WHITESPACE = ' \t\n\r\v';
/** Where a name or a number ends, as in JSONata's tokenizer; quotes are none. */
const OPERATORS = '.[]{}(),@#;:?+-*/%|=<>^&!~';
/** By character code, because each character of all templates is asked for. Codes beyond are of names. */
const IS_WHITESPACE = tableOf(WHITESPACE);
const IS_OPERATOR = tableOf(OPERATORS);
/** Words that are operators where one may be. */
const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'in']);
/** What ends an operand: a slash after it divides, everywhere else it begins a regular expression. */
const OPERAND_ENDS = ')]}';

/**
 * The parts of a text: what is written out, and the expressions in `{{ }}`. `\{{` is a literal `{{`, and `\\{{` a backslash before an
 * expression. Braces, texts, names in back-ticks, comments and regular expressions inside an expression are skipped as JSONata
 * reads them, so a `}}` in one does not end it. Each character is looked at once.
 */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let written = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    let slashes = open;
    while (slashes > at && text[slashes - 1] === '\\') slashes--;
    const count = open - slashes;
    written += text.slice(at, slashes) + '\\'.repeat(Math.floor(count / 2));
    at = open + 2;
    if (count % 2 === 1) {
      written += '{{';
      continue;
    }
    if (written !== '') parts.push({ text: written });
    written = '';
    const end = endOfExpression(text, at);
    if (end === undefined) return [...parts, { unclosed: text.slice(at) }];
    parts.push({ source: text.slice(at, end) });
    at = end + 2;
  }
  written += text.slice(at);
  if (written !== '') parts.push({ text: written });
  return parts;
}

/** Where the `}}` of an expression is that begins at `start`. */
function endOfExpression(text: string, start: number): number | undefined {
  let depth = 0;
  let isOperandNext = true;
  for (let at: number | undefined = start; at !== undefined && at < text.length; ) {
    const char = text[at]!;
    if (char === '}' && depth === 0 && text[at + 1] === '}') return at;
    if (IS_WHITESPACE[text.charCodeAt(at)]) {
      at++;
    } else if (char === '/' && text[at + 1] === '*') {
      at = after(text, '*/', at + 2);
    } else if (char === '/' && isOperandNext) {
      at = endOfRegex(text, at + 1);
      isOperandNext = false;
    } else if ((char === '*' || char === '%') && isOperandNext) {
      at += text.startsWith('**', at) ? 2 : 1;
      isOperandNext = false;
    } else if (IS_OPERATOR[text.charCodeAt(at)]) {
      if (char === '{') depth++;
      if (char === '}' && depth > 0) depth--;
      at++;
      isOperandNext = !OPERAND_ENDS.includes(char);
    } else if (char === '"' || char === "'") {
      at = endOfText(text, char, at + 1);
      isOperandNext = false;
    } else if (char === '`') {
      at = after(text, '`', at + 1);
      isOperandNext = false;
    } else {
      const end = endOfWord(text, at);
      isOperandNext = !isOperandNext && WORD_OPERATORS.has(text.slice(at, end));
      at = end;
    }
  }
  return undefined;
}

function after(text: string, what: string, from: number): number | undefined {
  const found = text.indexOf(what, from);
  return found < 0 ? undefined : found + what.length;
}

function endOfText(text: string, quote: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at + 1;
  }
  return undefined;
}

/**
 * As JSONata finds it: brackets of all kinds count unless a backslash is before them, and a slash inside them does not end it.
 * One bracket that closes nothing, which JSONata does not read, is passed over, so that the reason is the one that is told.
 */
function endOfRegex(text: string, from: number): number | undefined {
  let depth = 0;
  let slashes = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '/' && depth === 0 && slashes % 2 === 0) return at + 1;
    if (slashes === 0 && '([{'.includes(char)) depth++;
    if (slashes === 0 && ')]}'.includes(char)) depth = Math.max(0, depth - 1);
    slashes = char === '\\' ? slashes + 1 : 0;
  }
  return undefined;
}

function endOfWord(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && !IS_WHITESPACE[text.charCodeAt(at)] && !IS_OPERATOR[text.charCodeAt(at)]) at++;
  return at;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
