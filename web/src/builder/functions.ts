import { type Datum, membersOf, nameText, typeOf } from './data.ts';

/** A function with what it is for, and an example. */
export interface FunctionHelp {
  name: string;
  signature: string;
  text: string;
  /** With paths of the person's own data where there are fitting ones, else with values. */
  example: string;
}

/** Places of somebody's data that examples can use. */
export interface Found {
  list?: string;
  numbers?: string;
  texts?: string;
  text?: string;
  number?: string;
  object?: string;
  /** Name of a member of the items of `list`, with numbers. */
  column?: string;
}

const LOOKED_AT = 200;

/** Lists, numbers and texts in what a step can read, the first of each. */
export function findPlaces(root: Datum): Found {
  const found: Found = {};
  let looked = 0;
  const look = (datum: Datum, path: string, isInList: boolean) => {
    if (looked++ > LOOKED_AT) return;
    const type = typeOf(datum);
    if (path !== '' && datum.value !== undefined) {
      if (type === 'list' && !isInList && membersOf(datum).length > 0) found.list ??= path;
      if (type === 'number' && isInList) found.numbers ??= path;
      if (type === 'text' && isInList) found.texts ??= path;
      if (type === 'number' && !isInList) found.number ??= path;
      if (type === 'text' && !isInList) found.text ??= path;
      if (type === 'object' && !isInList) found.object ??= path;
    }
    for (const { name, datum: member } of membersOf(datum)) {
      if (path === '' && name !== 'trigger' && name !== 'steps' && name !== 'item' && name !== 'variables') continue;
      look(member, path === '' ? nameText(name) : `${path}.${nameText(name)}`, isInList || type === 'list');
    }
  };
  look(root, '', false);
  if (found.list !== undefined && found.numbers?.startsWith(`${found.list}.`)) {
    const column = found.numbers.slice(found.list.length + 1);
    if (!column.includes('.')) found.column = column;
  }
  return found;
}

/** The functions that workflows use most; docs.jsonata.org has all of them. */
export function functionHelp(found: Found): FunctionHelp[] {
  const list = found.list ?? '[{"n": 1}, {"n": 2}]';
  const column = found.list === undefined ? 'n' : found.column;
  const numbers = found.numbers ?? '[3, 1, 2]';
  const texts = found.texts ?? '["b", "a", "b"]';
  const text = found.text ?? (found.texts === undefined ? '"Penstock rows"' : `(${found.texts})[0]`);
  const number = found.number ?? (found.numbers === undefined ? '1234.5' : `(${found.numbers})[0]`);
  const object = found.object ?? (found.list === undefined ? '{"a": 1, "b": 2}' : `(${found.list})[0]`);
  const test = column === undefined ? 'true' : `$row.${column} > 1`;
  const make = (name: string, signature: string, text: string, example: string) => ({ name, signature, text, example });
  return [
    make('count', '$count(list)', 'How many items a list has; 0 if it is not there.', `$count(${list})`),
    make('sum', '$sum(numbers)', 'The sum of numbers.', `$sum(${numbers})`),
    make('average', '$average(numbers)', 'The mean of numbers.', `$average(${numbers})`),
    make('max', '$max(numbers)', 'The largest number.', `$max(${numbers})`),
    make(
      'filter',
      '$filter(list, function($item) { … })',
      'The items for which the function is true. Shorter: list[condition].',
      `$filter(${list}, function($row) { ${test} })`,
    ),
    make(
      'map',
      '$map(list, function($item) { … })',
      'A list of what the function makes of each item.',
      `$map(${numbers}, function($n) { $n * 2 })`,
    ),
    make('distinct', '$distinct(list)', 'The list without repeated items.', `$distinct(${texts})`),
    make('sort', '$sort(list)', 'The items in order.', `$sort(${numbers})`),
    make('join', '$join(texts, separator)', 'One text of several.', `$join(${texts}, ", ")`),
    make('split', '$split(text, separator)', 'A list of the parts of a text.', `$split(${text}, " ")`),
    make('string', '$string(value)', 'The value as text; objects and lists as JSON.', `$string(${object})`),
    make('number', '$number(text)', 'A text of digits as number.', '$number("42")'),
    make('uppercase', '$uppercase(text)', 'The text in capitals.', `$uppercase(${text})`),
    make('lowercase', '$lowercase(text)', 'The text in small letters.', `$lowercase(${text})`),
    make('substring', '$substring(text, start, length)', 'A part of a text.', `$substring(${text}, 0, 3)`),
    make('contains', '$contains(text, part)', 'Whether a text has a part.', `$contains(${text}, "a")`),
    make('replace', '$replace(text, part, by)', 'The text with each part replaced.', `$replace(${text}, "a", "A")`),
    make('round', '$round(number, digits)', 'The number with so many decimals.', `$round(${number}, 1)`),
    make('exists', '$exists(value)', 'Whether there is a value.', `$exists(${text})`),
    make('now', '$now()', 'The time as text, in UTC.', '$now()'),
  ];
}
