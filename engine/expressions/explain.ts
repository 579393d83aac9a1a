import type { Failure } from './batch.ts';
import { STANDARD_FUNCTIONS } from './standard-functions.ts';

function isStandard(name: string): boolean {
  return STANDARD_FUNCTIONS.includes(name);
}

/** Texts, quoted names and comments of a source: what is in them is no operator. */
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\/\*[\s\S]*?\*\//g;

/** What people write who know another language, and how it is written here. The first that fits is told. */
const HABITS: readonly [found: RegExp, message: string][] = [
  [/\$\{\s*([\w.]+)/, 'has "${": inside {{ }} a value is read by its name alone, as in {{ trigger.rows }}'],
  [
    /^\s*\{\s*[\w.$]+\s*\}\s*$/,
    'has braces of its own, which make an object; a value is read by its name alone, as in {{ trigger.rows }}',
  ],
  [/=>/, 'has "=>"; a list is filtered with rows[n > 1], and a function is written function($r) { $r.n > 1 }'],
  [/<>/, 'has "<>"; unequal is written !=, as in {{ a != b }}'],
  [/\?\./, 'has "?."; write a.b, which is nothing where a is not there'],
  [/^\s*if\b/i, 'has "if"; a choice is written {{ a > 1 ? "x" : "y" }}'],
  [/\bis\s+(?:not\s+)?null\b/i, 'has "is null"; it is written {{ a = null }} or {{ a != null }}'],
  [/\b(?:AND|OR|IN)\b/, 'has AND, OR or IN in capitals; they are written and, or, in'],
  [/\b(?:not|NOT)\s+[\w$(]/, 'has "not"; it is written $not(...), as in {{ $not(a) }}'],
  [/^\s*[#^/>]/, 'has a block of another template language; a step repeats with for_each, and is left out with "if"'],
  [/\+\+|--/, 'has "++" or "--"; write a + 1 or a - 1'],
  [
    /\b(?:let|const|var|return)\s/,
    'has a statement of JavaScript; a name is given in parentheses, as in {{ ($x := 1; $x + 1) }}',
  ],
  [/\bnew\s/, 'has "new"; the time is $now(), as text, or $millis()'],
  [/;/, 'has ";"; several expressions stand in parentheses, as in {{ ($x := 1; $x + 1) }}'],
  [/!==/, 'has "!=="; unequal is written !=, as in {{ a != b }}'],
  [/===?/, 'has "=="; equality is written with one =, as in {{ a = b }}'],
  [/&&/, 'has "&&"; it is written "and", as in {{ a and b }}'],
  [/\|\|/, 'has "||"; it is written "or", as in {{ a or b }}; to join texts, write a & b'],
  [/!(?!=)/, 'has "!"; it is written $not(...), as in {{ $not(a) }}'],
  [/(?<!~)>?\|/, 'has "|"; a function is called by its name, as in {{ $uppercase(a) }}'],
  [/\.\d/, 'has a name that begins with a digit; write it in back-ticks, as in {{ trigger.`2nd` }}'],
];

/** What JSONata says in words of its own, by its code. */
const SYNTAX: Readonly<Record<string, (token: string) => string>> = {
  S0201: (token) => `"${token}" is not expected here`,
  S0211: (token) => `a value is missing before "${token}"`,
};

/** What is wrong with an expression that could not be read, in the words of who writes workflows. */
export function explainSyntax({ code, message, position, token }: Failure, source: string): string {
  if (source.trim() === '') return 'is empty; write an expression between {{ and }}, or \\{{ for braces that are none';
  if (code === 'SOURCE_TOO_LONG') return message;
  const bare = source.replace(QUOTED, '""');
  const habit = HABITS.find(([found]) => found.test(bare));
  if (habit !== undefined) return habit[1];
  const at = position === undefined ? '' : ` at character ${position} of "${shown(source)}"`;
  const what = token === undefined ? undefined : SYNTAX[code]?.(token);
  return `is not a JSONata expression: ${what ?? message}${at}`;
}

/** What went wrong when an expression was evaluated; `undefined` scope is told apart by the caller. */
export function explainFailure(failure: Failure, source: string): string {
  const { code, message, token, value } = failure;
  if (code.startsWith('S') && code !== 'SOURCE_TOO_LONG') return explainSyntax(failure, source);
  switch (code) {
    case 'T1005':
    case 'T1006':
    case 'T1007':
    case 'T1008':
      return unknownFunction(token ?? 'a value', token !== undefined && isStandard(token) ? token : undefined);
    case 'T2001':
    case 'T2002':
      return `the ${code === 'T2001' ? 'left' : 'right'} side of "${token}" is ${named(value)}, not a number${remedy(value)}`;
    case 'D1002':
      return `the value after "-" is ${named(value)}, not a number${remedy(value)}`;
    case 'T2009':
      return `"${token}" has a number on one side and a text on the other; make both one type with $number(...) or $string(...)`;
    case 'T2010':
      return `a side of "${token}" is ${named(value)}, which has no order${orderRemedy(value)}`;
    case 'T2007':
      return 'the values to sort are numbers and texts; make them one type with $number(...) or $string(...)';
    case 'T2008':
      return 'the values to sort must be numbers or texts; leave out null with a filter, such as rows[amount != null]^(amount)';
    case 'T0412':
      return AGGREGATES.has(token ?? '')
        ? `$${token} takes numbers, and ${named(value)} is none${listRemedy(value)}`
        : message;
    case 'DIVISION_BY_ZERO':
      return `the right side of "${token}" is 0; say what counts instead, as in (b = 0 ? 0 : a ${token} b)`;
    case 'D3070':
      return 'the values to sort are neither all numbers nor all texts; leave out null, as in $sort(rows.amount[$ != null])';
    case 'FAILED':
      return TOO_LONG.test(message) ? 'it makes a text or a list that is longer than memory can hold' : deepOr(message);
    case 'D1011':
      return 'a function calls itself too deeply; make the call the last thing that it does';
    default:
      return message;
  }
}

const AGGREGATES: ReadonlySet<string> = new Set(['sum', 'average', 'max', 'min']);
const TOO_LONG = /^Invalid (?:string|array) length$/;

function deepOr(message: string): string {
  return message === 'Maximum call stack size exceeded'
    ? 'it is nested too deeply, or asks a text for too much'
    : message;
}

/** What other languages call what is written in another way here, in small letters. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  touppercase: '$uppercase(a)',
  toupper: '$uppercase(a)',
  upper: '$uppercase(a)',
  tolowercase: '$lowercase(a)',
  tolower: '$lowercase(a)',
  lower: '$lowercase(a)',
  len: '$count(list) or $length(text)',
  size: '$count(list)',
  tostring: '$string(a)',
  str: '$string(a)',
  stringify: '$string(a)',
  tojson: '$string(a)',
  parse: '$eval(a)',
  parseint: '$number(a)',
  parsefloat: '$number(a)',
  tonumber: '$number(a)',
  int: '$number(a)',
  float: '$number(a)',
  substr: '$substring(a, 0, 3)',
  slice: '$substring(text, 0, 3) or list[[0..2]]',
  concat: 'a & b for texts, $append(a, b) for lists',
  push: '$append(a, b)',
  includes: '"x" in list or $contains(text, "x")',
  find: 'rows[id = 1]',
  date: '$now()',
  if: 'a ? b : c',
  ifnull: 'a = null ? b : a',
  coalesce: 'a = null ? b : a',
  nvl: 'a = null ? b : a',
  isnull: 'a = null',
  isempty: '$count(a) = 0',
  has: '$exists(a)',
  first: 'rows[0]',
  last: 'rows[-1]',
  avg: '$average(list)',
  foreach: '$map(list, function($v) { $v })',
  unique: '$distinct(list)',
};

/** A name with `$` that no function has, or a name without, which is none. */
export function unknownFunction(name: string, near?: string): string {
  const bare = name.replace(/^\$/, '');
  const here = ELSEWHERE[bare.toLowerCase()];
  if (here !== undefined) return `calls "${name}", which is not a function here; it is written ${here}`;
  const remedy = near === undefined ? '; docs.jsonata.org lists the functions' : `; did you mean $${near}?`;
  return `calls "${name}", which is not a function here${remedy}`;
}

function named(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(shown(value))}`;
  return value === undefined ? 'a list or an object' : String(value);
}

function remedy(value: unknown): string {
  if (value === null) return '; say what counts instead, as in (amount = null ? 0 : amount)';
  if (typeof value === 'string') return '; $number(...) makes a number of a text that is one, and & joins texts';
  return '';
}

function listRemedy(value: unknown): string {
  if (value === null) return '; leave null out, as in $sum(rows.amount[$ != null])';
  return typeof value === 'string'
    ? '; $number(...) makes a number of a text that is one, as in $sum(rows.$number(amount))'
    : '';
}

function orderRemedy(value: unknown): string {
  return value === null ? '; leave null out, as in rows[amount != null and amount > 5]' : '';
}

function shown(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > MAX_SHOWN ? `${trimmed.slice(0, MAX_SHOWN)}…` : trimmed;
}

/** Characters of an expression or a value that a message shows. */
const MAX_SHOWN = 100;
