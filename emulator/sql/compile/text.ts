import { LRUCache } from 'lru-cache';
import { SqlError, unsupported } from '../error.ts';

const PATTERNS = new LRUCache<string, RegExp>({ max: 1000 });

/** One of Java's patterns as JavaScript's. @throws SqlError INVALID_PARAMETER_VALUE.PATTERN */
function regex(pattern: string): RegExp {
  const known = PATTERNS.get(pattern);
  if (known !== undefined) return known;
  let source = pattern;
  let flags = 'g';
  const inline = /^\(\?([ims]+)\)/.exec(source);
  if (inline !== null) {
    flags += inline[1];
    source = source.slice(inline[0].length);
  }
  if (/[*+?}]\+|\(\?>|\\[QEAzZGhHvVR]|&&|\\p\{(?:Alpha|Digit|Alnum|Upper|Lower|Punct|Space|java)/.test(source))
    throw unsupported(`the regular expression '${pattern}'`);
  if (source.includes('\\p{')) flags += 'u';
  try {
    const made = new RegExp(source, flags);
    PATTERNS.set(pattern, made);
    return made;
  } catch {
    throw new SqlError(
      'INVALID_PARAMETER_VALUE.PATTERN',
      '22023',
      `The value of parameter(s) \`regexp\` in \`regexp\` is invalid: '${pattern}'.`,
    );
  }
}

function groupOf(pattern: string, match: RegExpMatchArray, group: string, name: string): string {
  const index = Number(group);
  if (index < 0 || index >= match.length)
    throw new SqlError(
      'INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX',
      '22023',
      `The value of parameter(s) \`idx\` in \`${name}\` is invalid: Expects group index between 0 and ${match.length - 1}, but got ${index}.`,
    );
  void pattern;
  return match[index] ?? '';
}

function matchesOf(value: string, pattern: string): RegExpMatchArray[] {
  return [...value.matchAll(regex(pattern))];
}

// $1 is a group, \x is x
function replacement(text: string, match: RegExpMatchArray): string {
  return text.replaceAll(
    /\\(.)|\$(\d)/gs,
    (_, escaped?: string, group?: string) => escaped ?? match[Number(group)] ?? '',
  );
}

function letters(value: string): string[] {
  return [...value];
}

function pad(value: string, length: string, filler: string, left: boolean): string {
  const all = letters(value);
  const size = Math.max(0, Number(length));
  if (all.length >= size) return all.slice(0, size).join('');
  if (filler === '') return value;
  const more = letters(filler.repeat(Math.ceil((size - all.length) / letters(filler).length)))
    .slice(0, size - all.length)
    .join('');
  return left ? more + value : value + more;
}

const SOUND: Record<string, string> = Object.fromEntries(
  Object.entries({ BFPV: '1', CGJKQSXZ: '2', DT: '3', L: '4', MN: '5', R: '6' }).flatMap(([all, code]) =>
    [...all].map((letter) => [letter, code]),
  ),
);

function soundex(value: string): string {
  if (!/^[A-Za-z]/.test(value)) return value;
  const upper = value.toUpperCase();
  let code = upper[0] as string;
  let last = SOUND[code] ?? '';
  for (const letter of upper.slice(1)) {
    const next = SOUND[letter] ?? '';
    if (next !== '' && next !== last) code += next;
    if (letter !== 'H' && letter !== 'W') last = next;
    if (code.length === 4) break;
  }
  return code.padEnd(4, '0');
}

function conv(value: string, from: string, to: string): string | null {
  const [a, b] = [Number(from), Math.abs(Number(to))];
  if (a < 2 || a > 36 || b < 2 || b > 36) return null;
  const text = value.trim().toLowerCase();
  let number = 0n;
  const negative = text.startsWith('-');
  for (const letter of negative ? text.slice(1) : text) {
    const digit = Number.parseInt(letter, 36);
    if (Number.isNaN(digit) || digit >= a) break;
    number = number * BigInt(a) + BigInt(digit);
  }
  if (number >= 1n << 64n)
    throw new SqlError(
      'ARITHMETIC_OVERFLOW',
      '22003',
      'Overflow in function conv(). If necessary set "ansi_mode" to "false" to bypass this error.',
    );
  if (negative) number = Number(to) < 0 ? -number : (1n << 64n) - number;
  return number.toString(b).toUpperCase();
}

function substringIndex(value: string, separator: string, count: string): string {
  if (separator === '' || Number(count) === 0) return '';
  const parts = value.split(separator);
  const size = Number(count);
  return (size > 0 ? parts.slice(0, size) : parts.slice(size)).join(separator);
}

function split(value: string, pattern: string, limit: string): string {
  const most = Number(limit);
  if (pattern === '') {
    const all = letters(value);
    return JSON.stringify(
      most > 0 && all.length > most ? [...all.slice(0, most - 1), all.slice(most - 1).join('')] : all,
    );
  }
  const found: string[] = [];
  let from = 0;
  for (const match of matchesOf(value, pattern)) {
    if (most > 0 && found.length === most - 1) break;
    const end = (match.index ?? 0) + match[0].length;
    if (match[0] === '' && (match.index === 0 || match.index === value.length)) continue;
    found.push(value.slice(from, match.index));
    from = end;
  }
  return JSON.stringify([...found, value.slice(from)]);
}

function parseUrl(value: string, part: string, key?: string): string | null {
  const match = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(value);
  if (match === null) return null;
  const [, protocol, authority, path, query, ref] = match;
  const host = authority?.replace(/^.*@/, '').replace(/:\d+$/, '');
  switch (part) {
    case 'PROTOCOL':
      return protocol ?? null;
    case 'HOST':
      return host ?? null;
    case 'PATH':
      return path ?? null;
    case 'QUERY':
      if (key === undefined) return query ?? null;
      return (
        query
          ?.split('&')
          .map((pair) => pair.split('='))
          .find(([name]) => name === key)
          ?.slice(1)
          .join('=') ?? null
      );
    case 'REF':
      return ref ?? null;
    case 'AUTHORITY':
      return authority ?? null;
    case 'USERINFO':
      return authority?.includes('@') ? authority.slice(0, authority.indexOf('@')) : null;
    case 'FILE':
      return `${path}${query === undefined ? '' : `?${query}`}`;
    default:
      return null;
  }
}

/** Stands for NULL in mask(): such letters stay. */
const KEEP = '\u0001';

/** Functions of texts. Lists come and go as JSON. */
export const UDFS: Record<string, (...args: string[]) => string | null | undefined> = {
  initcap: (value) =>
    (value as string)
      .toLowerCase()
      .replaceAll(/(^| )(\S)/g, (_, space: string, letter: string) => space + letter.toUpperCase()),
  upper: (value) => (value as string).toUpperCase(),
  lower: (value) => (value as string).toLowerCase(),
  rlike: (value, pattern) =>
    String(
      (value as string).search(new RegExp(regex(pattern as string), regex(pattern as string).flags.replace('g', ''))) >=
        0,
    ),
  regexp_replace: (value, pattern, by, position = '1') => {
    const start = Number(position) - 1;
    const head = (value as string).slice(0, start);
    const rest = (value as string).slice(start);
    let from = 0;
    let made = '';
    for (const match of matchesOf(rest, pattern as string)) {
      made += rest.slice(from, match.index) + replacement(by as string, match);
      from = (match.index ?? 0) + match[0].length;
    }
    return head + made + rest.slice(from);
  },
  regexp_extract: (value, pattern, group = '1') => {
    const [match] = matchesOf(value as string, pattern as string);
    if (match === undefined) {
      const count = (new RegExp(`${regex(pattern as string).source}|`).exec('')?.length ?? 1) - 1;
      if (Number(group) > count || Number(group) < 0)
        groupOf(
          pattern as string,
          Array.from({ length: count + 1 }, () => '') as unknown as RegExpMatchArray,
          group,
          'regexp_extract',
        );
      return '';
    }
    return groupOf(pattern as string, match, group, 'regexp_extract');
  },
  regexp_extract_all: (value, pattern, group = '1') =>
    JSON.stringify(
      matchesOf(value as string, pattern as string).map((match) =>
        groupOf(pattern as string, match, group, 'regexp_extract_all'),
      ),
    ),
  regexp_count: (value, pattern) => String(matchesOf(value as string, pattern as string).length),
  regexp_substr: (value, pattern) => matchesOf(value as string, pattern as string)[0]?.[0],
  regexp_instr: (value, pattern) => String((matchesOf(value as string, pattern as string)[0]?.index ?? -1) + 1),
  split: (value, pattern, limit = '-1') => split(value as string, pattern as string, limit),
  lpad: (value, length, filler) => pad(value as string, length as string, filler as string, true),
  rpad: (value, length, filler) => pad(value as string, length as string, filler as string, false),
  soundex: (value) => soundex(value as string),
  conv: (value, from, to) => conv(value as string, from as string, to as string),
  substring_index: (value, separator, count) => substringIndex(value as string, separator as string, count as string),
  url_encode: (value) => new URLSearchParams([['', value as string]]).toString().slice(1),
  url_decode: (value) => {
    try {
      return decodeURIComponent((value as string).replaceAll('+', ' '));
    } catch {
      throw new SqlError(
        'CANNOT_DECODE_URL',
        '22546',
        `The provided URL cannot be decoded: ${value}. Please ensure that the URL is properly formatted and try again.`,
      );
    }
  },
  try_url_decode: (value) => {
    try {
      return decodeURIComponent((value as string).replaceAll('+', ' '));
    } catch {
      return null;
    }
  },
  parse_url: (value, part, key) => parseUrl(value as string, part as string, key),
  translate: (value, from, to) => {
    const [a, b] = [letters(from as string), letters(to as string)];
    return letters(value as string)
      .map((letter) => (a.includes(letter) ? (b[a.indexOf(letter)] ?? '') : letter))
      .join('');
  },
  find_in_set: (value, list) =>
    String((value as string).includes(',') ? 0 : (list as string).split(',').indexOf(value as string) + 1),
  mask: (value, upper = 'X', lower = 'x', digit = 'n', other = KEEP) =>
    letters(value as string)
      .map((letter) => {
        const by = /\p{Lu}/u.test(letter)
          ? upper
          : /\p{Ll}/u.test(letter)
            ? lower
            : /\p{Nd}/u.test(letter)
              ? digit
              : other;
        return by === KEEP ? letter : by;
      })
      .join(''),
  luhn_check: (value) => {
    if (!/^\d+$/.test(value as string)) return 'false';
    const sum = [...(value as string)]
      .reverse()
      .reduce(
        (all, digit, index) =>
          all + (index % 2 === 0 ? Number(digit) : ([0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)] as number)),
        0,
      );
    return String(sum % 10 === 0);
  },
};
