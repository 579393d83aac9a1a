import { join } from 'node:path';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { loadSuperLinear } from '../../connector/linear-regex.ts';
import { FORMATS } from '../../connector/schema.ts';
import { type FoundRegex, findRegexes } from './find-regexes.ts';

/** Regular expressions that take more than linear time, and why nothing can make use of it. */
const BOUNDED: Record<string, string> = {
  '^(?:([^:/?#]+):)?(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?$':
    'of RFC 3986: each part ends before a character that the next begins with',
  '(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][-+]?\\d+)?$': 'reads 100 characters of an expression',
  '^(\\[[^\\]]*\\]|[^:]*|[0-9a-f:]*:[0-9a-f:/]*)(?::(\\d+))?$': 'for an entry of NO_PROXY, which the operator wrote',
  '^([a-z][a-z0-9+.-]*:\\/\\/[^/?#]*)?([\\s\\S]*)$': 'matches every text, so that it never goes back',
  '\\/\\/(.*)@': 'for the origin of a URL, which has // once',
  'Could not cast value ([\\s\\S]*?) to (DECIMAL\\S*)|Conversion Error: (?:Type|Casting)[\\s\\S]*?(\\w+) value ([\\s\\S]*?) .*?out of range':
    "the emulator's own database wrote the text",
  '(?:INSERT|table) .*?(\\d+) (?:target )?columns .*?(\\d+)': "the emulator's own database wrote the text",
};

/** What is said of one that may take more than time proportional to its text; undefined for all others. */
export const superLinear = await loadSuperLinear();

/** The formats of schemas that Ajv checks with a regular expression. */
function ofFormats(): FoundRegex[] {
  return FORMATS.flatMap((name) => {
    const format: unknown = fullFormats[name];
    return format instanceof RegExp
      ? [{ file: `the format ${name}`, line: 1, source: format.source, flags: format.flags }]
      : [];
  });
}

/** Prints each regular expression of the project that an input could keep busy. @returns how many there are */
export function checkRegexes(): number {
  const found = [...findRegexes(join(import.meta.dirname, '../..')), ...ofFormats()];
  const slow = found.flatMap((regex) => {
    const why = BOUNDED[regex.source] === undefined ? superLinear(regex) : undefined;
    return why === undefined ? [] : [`${regex.file}:${regex.line}: /${regex.source}/${regex.flags} is ${why}`];
  });
  for (const line of slow) console.error(line);
  console.log(`${found.length} regular expressions, ${slow.length} of them not linear`);
  return slow.length;
}

if (import.meta.main) process.exitCode = Math.sign(checkRegexes());
