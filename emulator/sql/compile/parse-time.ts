import { timestampText } from './datetime.ts';
import { MONTHS, pieces, unknownLetter } from './time-pattern.ts';

/** Reads text by one of Java's patterns: `2024-01-31 01:02:03.000000` in UTC, or undefined when it does not fit. */
export function parseTime(text: string, pattern: string): string | undefined {
  const read: Record<string, string> = {};
  let source = '^';
  let group = 0;
  const all = pieces(pattern);
  for (const [index, { letter, count, text: plain }] of all.entries()) {
    const name = `g${group}`;
    group += 1;
    const adjacent = all[index + 1]?.letter !== undefined && all[index + 1]?.letter !== '';
    const digits = (most: number) => (count === 1 ? `\\d{1,${adjacent ? 1 : most}}` : `\\d{${count}}`);
    switch (letter) {
      case '':
        source += plain.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        break;
      case 'y':
      case 'u':
        source += `(?<${name}>${count === 2 ? '\\d{2}' : count === 1 ? '\\d{1,6}' : `\\d{${count}}`})`;
        read[name] = count === 2 ? 'yy' : 'y';
        break;
      case 'M':
      case 'L':
        source += count >= 3 ? `(?<${name}>[A-Za-z]+)` : `(?<${name}>${digits(2)})`;
        read[name] = count >= 3 ? 'M'.repeat(count) : 'M';
        break;
      case 'S':
        // a fraction may have fewer digits than its pattern
        source += `(?<${name}>\\d{1,${count}})`;
        read[name] = 'S';
        break;
      case 'a':
        source += `(?<${name}>[AaPp][Mm])`;
        read[name] = 'a';
        break;
      case 'd':
      case 'D':
      case 'H':
      case 'h':
      case 'k':
      case 'K':
      case 'm':
      case 's':
        source += `(?<${name}>${digits(letter === 'D' ? 3 : 2)})`;
        read[name] = letter;
        break;
      case 'X':
      case 'x':
      case 'Z':
      case 'z':
      case 'V':
        source += `(?<${name}>Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?|[A-Z]\\w+/\\w+)`;
        read[name] = 'zone';
        break;
      default:
        throw unknownLetter(letter, pattern);
    }
  }
  const groups = new RegExp(`${source}$`).exec(text)?.groups;
  if (groups === undefined) return undefined;
  const value = (letter: string): string | undefined =>
    Object.entries(read)
      .filter(([, kind]) => kind === letter)
      .map(([name]) => groups[name])[0];
  const year = value('y') ?? (value('yy') === undefined ? '1970' : `20${value('yy')}`);
  const [short, long] = [value('MMM')?.toLowerCase(), value('MMMM')?.toLowerCase()];
  const named = MONTHS.findIndex(
    (one) =>
      [one.toLowerCase(), undefined].includes(long) && [one.slice(0, 3).toLowerCase(), undefined].includes(short),
  );
  if (named < 0) return undefined;
  const month = short === undefined && long === undefined ? (value('M') ?? '1') : String(named + 1);
  const half = value('a')?.toLowerCase();
  const twelve = value('h') ?? value('K');
  const hour =
    twelve === undefined
      ? (value('H') ?? String(Number(value('k') ?? 0) % 24))
      : String((Number(twelve) % 12) + (half === 'pm' ? 12 : 0));
  let day = value('d') ?? '1';
  let of = month;
  if (value('D') !== undefined) {
    const date = new Date(Date.UTC(Number(year), 0, Number(value('D'))));
    [of, day] = [String(date.getUTCMonth() + 1), String(date.getUTCDate())];
  }
  return timestampText(
    `${year.padStart(4, '0')}-${of}-${day} ${hour}:${value('m') ?? '0'}:${value('s') ?? '0'}.${value('S') ?? '0'}${value('zone') ?? ''}`,
  );
}
