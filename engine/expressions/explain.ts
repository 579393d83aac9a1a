import type { Failure } from './batch.ts';

/** Texts, quoted names and comments of a source: what is in them is no operator. */
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\/\*[\s\S]*?\*\//g;

/** What people write who know another language, and how it is written here. The first that fits is told. */
const HABITS: readonly [found: RegExp, message: string][] = [
  [/\$\{\s*([\w.]+)/, 'has "${": inside {{ }} a value is read by its name alone, as in {{ trigger.rows }}'],
  [
    /^\s*\{\s*[\w.$]+\s*\}\s*$/,
    'has braces of its own, which make an object; a value is read by its name alone, as in {{ trigger.rows }}',
  ],
  [/!==/, 'has "!=="; unequal is written !=, as in {{ a != b }}'],
  [/===?/, 'has "=="; equality is written with one =, as in {{ a = b }}'],
  [/&&/, 'has "&&"; it is written "and", as in {{ a and b }}'],
  [/\|\|/, 'has "||"; it is written "or", as in {{ a or b }}; to join texts, write a & b'],
  [/!(?!=)/, 'has "!"; it is written $not(...), as in {{ $not(a) }}'],
];

/** What is wrong with an expression that could not be read, in the words of who writes workflows. */
export function explainSyntax({ code, message, position }: Failure, source: string): string {
  if (source.trim() === '') return 'is empty; write an expression between {{ and }}, or \\{{ for braces that are none';
  if (code === 'SOURCE_TOO_LONG') return message;
  const bare = source.replace(QUOTED, '""');
  const habit = HABITS.find(([found]) => found.test(bare));
  if (habit !== undefined) return habit[1];
  const at = position === undefined ? '' : ` at character ${position} of "${shown(source)}"`;
  return `is not a JSONata expression: ${message}${at}`;
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
      return unknownFunction(token ?? '');
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

/** A name with `$` that no function has, or a name without. */
export function unknownFunction(name: string, near?: string): string {
  const remedy = near === undefined ? '; docs.jsonata.org lists the functions' : `; did you mean $${near}?`;
  return `calls "${name.startsWith('$') ? name : `$${name}`}", which is not a function here${remedy}`;
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
