import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Where a command reads from and writes to: the process, or streams of a test. */
export interface Shell {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean };
  /** Aborted when the person presses Ctrl-C, or the process is asked to end. */
  signal: AbortSignal;
}

type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

/** Writes a line of the result. */
export function print(shell: Shell, text = ''): void {
  shell.stdout.write(`${text}\n`);
}

/** Writes a line about the result: progress, errors. Never part of what a pipe receives. */
export function note(shell: Shell, text = ''): void {
  shell.stderr.write(`${text}\n`);
}

/** Colors text for a terminal; a pipe, and a terminal with NO_COLOR set, get it plain. */
export function paint(shell: Shell, style: Style, text: string): string {
  const isPlain = !shell.stdout.isTTY || Boolean(shell.env.NO_COLOR) || shell.env.TERM === 'dumb';
  return isPlain ? text : styleText(style, text, { validateStream: false });
}

/** Shows a line that the next one replaces; nothing where standard error is not a terminal. An empty text clears it. */
export function showProgress(shell: Shell, text: string): void {
  if (shell.stderr.isTTY) shell.stderr.write(`\r\x1b[K${text}`);
}
