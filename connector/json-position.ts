import { clip } from './fields.ts';
import { pointerOf } from './json-pointer.ts';

/** An open object or list on the way to a place; `step` is the field or index that is being read. */
interface Level {
  isList: boolean;
  step: string;
}

/** The JSON pointer (RFC 6901) of the value or name at a position of a JSON text, which may be wrong after that position. */
export function pointerAt(text: string, offset: number): string {
  const open: Level[] = [];
  for (let at = 0; at <= offset; at += 1) {
    if (at === offset && text[at] !== '"') break;
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push({ isList: char === '[', step: char === '[' ? '0' : '' });
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === ',') {
      const level = open.at(-1);
      if (level?.isList) level.step = String(Number(level.step) + 1);
    } else if (char === '"') {
      const end = endOfString(text, at);
      const level = open.at(-1);
      // Of a list the index stays; of an object a text that is a value is overwritten by the next name.
      if (level !== undefined && !level.isList && isName(text, end)) level.step = nameOf(text, at, end);
      at = end - 1;
    }
  }
  return pointerOf(open.map(({ step }) => clip(step)));
}

function endOfString(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === '"') return end + 1;
  }
  return text.length;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at += 1;
  return text[at] === ':';
}

function nameOf(text: string, start: number, end: number): string {
  try {
    return JSON.parse(text.slice(start, end)) as string;
  } catch {
    return text.slice(start + 1, end - 1); // Not JSON; the pointer is a help all the same.
  }
}
