import { ConnectorError } from './errors.ts';
import { pointerAt } from './json-position.ts';

/** Bounds of a JSON text from outside. */
export interface JsonLimits {
  /** How deep objects and lists may be nested; deeper values overflow the stack of code that walks them. */
  maxDepth: number;
  /** How many values there may be, fields and items of every level counted. */
  maxValues: number;
}

/** The largest DECIMAL of common SQL engines has 38 digits; reading an integer takes time that grows faster than its digits. */
const MAX_NUMBER_CHARACTERS = 100;
/** Names of columns and parameters have 255 at most; a name is repeated in paths and messages. */
const MAX_NAME_CHARACTERS = 4096;

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const NUMBER = /[\d.eE+-]+/y;
const SPACES = /[ \t\n\r]*/y;
const SURROGATE = /u[dD][89a-fA-F]/y;
const PAIR = /u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}/y;

/**
 * Checks the bounds of a JSON text before it is parsed, in one pass that builds nothing. Text that is not JSON is left for
 * the parser to refuse. Also refused is what JSON can write and nothing here can keep: numbers beyond the range of a
 * double, and halves of surrogate pairs, which UTF-8 has no bytes for.
 * @throws ConnectorError ERR_INPUT_INVALID with the JSON pointer
 */
export function checkJson(text: string, { maxDepth, maxValues }: JsonLimits): void {
  const next = { quote: finderOf(text, '"'), backslash: finderOf(text, '\\') };
  let depth = 0;
  let values = 1;
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at, next);
      if (end - at > MAX_NAME_CHARACTERS && text.charCodeAt(matchEnd(SPACES, text, end)) === COLON)
        throw refused(text, at, `has a field name of more than ${MAX_NAME_CHARACTERS} characters`, MAX_NAME_CHARACTERS);
      at = end;
      continue;
    }
    if (char === MINUS || (char >= 0x30 && char <= 0x39)) {
      const end = matchEnd(NUMBER, text, at);
      if (end - at > MAX_NUMBER_CHARACTERS)
        throw refused(text, at, `is a number of more than ${MAX_NUMBER_CHARACTERS} characters`, MAX_NUMBER_CHARACTERS);
      if (end - at > 4 && Math.abs(Number(text.slice(at, end))) === Number.POSITIVE_INFINITY)
        throw refused(text, at, 'is a number beyond ±1.7976931348623157e308', Number.MAX_VALUE);
      at = end;
      continue;
    }
    if (char === 0x7b || char === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > maxDepth) throw tooDeep(maxDepth);
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
    else if (char === COMMA) values += 1;
    if (values > maxValues) throw tooMany(maxValues);
    at += 1;
  }
}

/** The position after the closing quote; the end of a text that has none. */
function endOfString(text: string, start: number, next: Record<'quote' | 'backslash', Finder>): number {
  let at = start + 1;
  for (;;) {
    const end = Math.min(next.quote(at), text.length);
    const backslash = next.backslash(at);
    if (backslash > end) return Math.min(end + 1, text.length);
    const isPair = matchEnd(PAIR, text, backslash + 1) > backslash + 1;
    if (!isPair && matchEnd(SURROGATE, text, backslash + 1) > backslash + 1) {
      throw refused(text, start, 'must be well-formed Unicode: it holds half of a surrogate pair');
    }
    at = backslash + (isPair ? 12 : 2);
  }
}

/** Where a character is next; infinity when it is not. */
type Finder = (from: number) => number;

/** Finds a character from ever later places, reading the text once however often it is asked. */
function finderOf(text: string, wanted: string): Finder {
  let found = -1;
  return (from) => {
    if (found < from) {
      const at = text.indexOf(wanted, from);
      found = at === -1 ? Number.POSITIVE_INFINITY : at;
    }
    return found;
  };
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function refused(text: string, offset: number, message: string, allowed?: number): ConnectorError {
  const pointer = pointerAt(text, offset);
  return new ConnectorError('ERR_INPUT_INVALID', `"${pointer}" ${message}`, {
    errors: [{ pointer, message, ...(allowed === undefined ? {} : { allowed }) }],
  });
}

function tooDeep(most: number): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `the body is nested more than ${most} levels deep`, {
    errors: [{ pointer: '', message: `must not be nested deeper than ${most} levels`, allowed: most }],
  });
}

function tooMany(most: number): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `the body has more than ${most} values`, {
    hint: 'Send less data, or upload the content as a file and pass its reference.',
    errors: [{ pointer: '', message: `must not have more than ${most} values`, allowed: most }],
  });
}
