import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseJson } from '../connector/json.ts';
import { UsageError } from './problem.ts';
import type { Shell } from './shell.ts';

/**
 * Reads JSON that was given as itself, as `@FILE`, or as `-` for standard input. Integers keep all their digits.
 * @throws UsageError for a file that cannot be read, or text that is not JSON (with where it stops being so)
 */
export async function readJsonArgument(shell: Shell, name: string, given: string): Promise<unknown> {
  const source = given === '-' ? 'standard input' : given.startsWith('@') ? `"${given.slice(1)}"` : 'the value';
  const content =
    given === '-' ? await text(shell.stdin) : given.startsWith('@') ? await readText(name, given.slice(1)) : given;
  try {
    return parseJson(content);
  } catch (error) {
    throw new UsageError(
      `${name}: ${source} is not JSON (${(error as Error).message})`,
      given.startsWith('{')
        ? 'Put it in single quotes so that the shell keeps the double quotes.'
        : 'Pass JSON, @FILE, or - for standard input.',
    );
  }
}

/** Reads `name=value` pairs; a value that is JSON counts as such, any other as text. @throws UsageError */
export function readPairs(name: string, pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`${name} "${pair}" is not NAME=VALUE`);
      return [pair.slice(0, at), jsonOrText(pair.slice(at + 1))];
    }),
  );
}

/** Reads a file as text. @throws UsageError */
export async function readText(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${name}: "${file}" cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function jsonOrText(value: string): unknown {
  try {
    return parseJson(value);
  } catch {
    // Text that is not JSON is text.
    return value;
  }
}
