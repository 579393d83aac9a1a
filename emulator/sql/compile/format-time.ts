import { DAYS, MONTHS, pieces, unknownLetter } from './time-pattern.ts';

/** Formats `2024-01-31 01:02:03.000004` by one of Java's patterns. @throws SqlError for a letter that the emulator does not know */
export function formatTime(text: string, pattern: string): string {
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] =
    /^(-?\d+)-(\d+)-(\d+)(?: (\d+):(\d+):(\d+)(?:\.(\d+))?)?/.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const pad = (value: number, count: number) => String(value).padStart(count, '0');
  return pieces(pattern)
    .map(({ letter, count, text: plain }) => {
      switch (letter) {
        case '':
          return plain;
        case 'y':
        case 'u':
          return count === 2 ? pad(Number(year) % 100, 2) : pad(Number(year), count);
        case 'M':
        case 'L':
          return count === 4
            ? (MONTHS[Number(month) - 1] as string)
            : count === 3
              ? (MONTHS[Number(month) - 1] as string).slice(0, 3)
              : pad(Number(month), count);
        case 'd':
          return pad(Number(day), count);
        case 'D':
          return pad(Math.round((date.getTime() - Date.UTC(Number(year), 0, 1)) / 86_400_000) + 1, count);
        case 'E':
          return count === 4 ? (DAYS[date.getUTCDay()] as string) : (DAYS[date.getUTCDay()] as string).slice(0, 3);
        case 'q':
        case 'Q': {
          const quarter = Math.ceil(Number(month) / 3);
          return count === 4
            ? `${quarter}${['st', 'nd', 'rd', 'th'][quarter - 1]} quarter`
            : count === 3
              ? `Q${quarter}`
              : pad(quarter, count);
        }
        case 'H':
          return pad(Number(hour), count);
        case 'k':
          return pad(Number(hour) || 24, count);
        case 'h':
          return pad(Number(hour) % 12 || 12, count);
        case 'K':
          return pad(Number(hour) % 12, count);
        case 'm':
          return pad(Number(minute), count);
        case 's':
          return pad(Number(second), count);
        case 'S':
          return fraction.padEnd(9, '0').slice(0, count);
        case 'a':
          return Number(hour) < 12 ? 'AM' : 'PM';
        case 'G':
          return 'AD';
        case 'V':
          return 'Etc/UTC';
        case 'z':
          return count === 4 ? 'Coordinated Universal Time' : 'UTC';
        case 'X':
          return 'Z';
        case 'x':
          return count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00';
        case 'Z':
          return count === 4 ? 'GMT' : count === 5 ? 'Z' : '+0000';
        default:
          throw unknownLetter(letter, pattern);
      }
    })
    .join('');
}
