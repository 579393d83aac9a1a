/** Questions about JSON text as bytes, for a writer that never makes strings of what it copies. */

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** Whether the bytes are a number as JSON writes it: no leading zeros, digits on both sides of a dot. */
export function isNumber(data: Uint8Array, from: number, to: number): boolean {
  const begin = data[from] === MINUS ? from + 1 : from;
  let at = digitsEnd(data, begin, to);
  if (at === begin || (data[begin] === ZERO && at > begin + 1)) return false;
  if (at < to && data[at] === DOT) {
    const fraction = digitsEnd(data, at + 1, to);
    if (fraction === at + 1) return false;
    at = fraction;
  }
  if (at < to && (data[at] === LOWER_E || data[at] === UPPER_E)) {
    const sign = data[at + 1];
    const digits = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
    at = digitsEnd(data, digits, to);
    if (at === digits) return false;
  }
  return at === to;
}

/** Whether the bytes are digits, after a sign or none. */
export function isInteger(data: Uint8Array, from: number, to: number): boolean {
  const begin = data[from] === MINUS ? from + 1 : from;
  return begin < to && digitsEnd(data, begin, to) === to;
}

export function isBoolean(data: Uint8Array, from: number, to: number): boolean {
  return isWord(data, from, to, TRUE) || isWord(data, from, to, FALSE);
}

/** null, true, false or a number. */
export function isLiteral(data: Uint8Array, from: number, to: number): boolean {
  return isWord(data, from, to, NULL) || isBoolean(data, from, to) || isNumber(data, from, to);
}

function digitsEnd(data: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && data[at]! >= ZERO && data[at]! <= NINE) at += 1;
  return at;
}

function isWord(data: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let index = 0; index < word.length; index += 1) if (data[from + index] !== word[index]) return false;
  return true;
}
