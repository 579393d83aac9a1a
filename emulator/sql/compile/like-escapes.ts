import { SqlError } from '../error.ts';

/** A pattern as it is. @throws SqlError INVALID_FORMAT when it is wrong */
export function checkedPattern(pattern: string, letter: string): string {
  checkEscapes(pattern, letter);
  return pattern;
}

/** Checks the escapes of a pattern. @throws SqlError INVALID_FORMAT */
export function checkEscapes(pattern: string, letter: string): void {
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] !== letter) continue;
    const next = pattern[at + 1];
    if (next !== undefined && ['%', '_', letter].includes(next)) {
      at += 1;
      continue;
    }
    const [kind, why] =
      next === undefined
        ? ['ESC_AT_THE_END', 'the escape character is not allowed to end with.']
        : ['ESC_IN_THE_MIDDLE', `the escape character is not allowed to precede '${next}'.`];
    throw new SqlError(`INVALID_FORMAT.${kind}`, '42601', `The format is invalid: '${pattern}'. ${why}`);
  }
}
