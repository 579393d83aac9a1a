import { SqlError, unsupported } from '../error.ts';

/** Months in English. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** Days of the week in English, from Sunday. */
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A run of one letter of a pattern, or plain text. */
export interface Piece {
  letter: string;
  count: number;
  text: string;
}

/** How often a letter may be repeated. */
const MOST: Record<string, number> = Object.fromEntries(
  ['6 yu', '4 MLEQqz', '3 DG', '2 dHkhKmsV', '9 S', '1 a', '5 XxZ'].flatMap((line) => {
    const [most = '', letters = ''] = line.split(' ');
    return [...letters].map((letter) => [letter, Number(most)]);
  }),
);

/** The pieces of one of Java's patterns. @throws SqlError for a letter that comes too often, or V alone */
export function pieces(pattern: string): Piece[] {
  const found: Piece[] = [];
  for (const match of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)) {
    const [whole, quoted, letter] = match;
    if (letter !== undefined) {
      if (whole.length > (MOST[letter] ?? whole.length) || whole === 'V')
        throw unsupported(`${whole} in the pattern '${pattern}'`);
      found.push({ letter, count: whole.length, text: '' });
    } else
      found.push({
        letter: '',
        count: 0,
        text: quoted === undefined ? whole : quoted === '' ? "'" : quoted.replaceAll("''", "'"),
      });
  }
  return found;
}

/** The error for a letter of a pattern. */
export function unknownLetter(letter: string, pattern: string): SqlError {
  if ('AcBCefIjJlnNoOpPrRtTUvwWYbg'.includes(letter) && !'nNAOBcefpFwWY'.includes(letter))
    return new SqlError(
      'INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER',
      '22007',
      `Unrecognized datetime pattern: ${pattern}. Illegal pattern character found in datetime pattern. Please provide legal pattern.`,
    );
  return unsupported(`the letter ${letter} in the pattern '${pattern}'`);
}
