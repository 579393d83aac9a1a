import { UsageError } from './problem.ts';
import { note, type Shell } from './shell.ts';

/** Asks for what is shown while it is typed. For a terminal. */
export async function askText({ stdin, stderr }: Shell, title: string): Promise<string> {
  stderr.write(`${title}: `);
  let typed = '';
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    const text = String(chunk);
    const end = text.search(/[\r\n\x04]/);
    typed += end === -1 ? text : text.slice(0, end);
    if (end === -1) continue;
    keep(stdin, text.slice(text.startsWith('\r\n', end) ? end + 2 : end + 1));
    break;
  }
  stdin.pause();
  return typed.trim();
}

/** Asks a question that is answered with y; without a terminal the answer is no. */
export async function confirm(shell: Shell, question: string): Promise<boolean> {
  if (!shell.stdin.isTTY) return false;
  return /^y(es)?$/i.test(await askText(shell, `${question} [y/N]`));
}

/**
 * Asks for a secret without showing what is typed. `isText`: it has several lines, such as a key in PEM, and ends with the last line of
 * PEM or Ctrl-D. Raw mode: the terminal echoes nothing, and Ctrl-C arrives as a character. @throws UsageError for Ctrl-C
 */
export async function askUnseen(shell: Shell, title: string, isText = false): Promise<string> {
  const { stdin, stderr } = shell;
  stderr.write(isText ? `${title} (paste it, and end with Ctrl-D): ` : `${title}: `);
  stdin.setRawMode?.(true);
  try {
    let typed = '';
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      const text = String(chunk);
      for (let at = 0; at < text.length; at += 1) {
        const char = text[at]!;
        if (char === '\x03') throw new UsageError('interrupted');
        const isBreak = char === '\r' || char === '\n';
        if (char === '\x04' || (isBreak && (!isText || isEndOfPem(typed)))) {
          keep(stdin, text.slice(text.startsWith('\r\n', at) ? at + 2 : at + 1));
          return typed;
        }
        if (isBreak) typed += text[at - 1] === '\r' && char === '\n' ? '' : '\n';
        else typed = char === '\x7f' || char === '\b' ? typed.slice(0, -1) : typed + char;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    note(shell);
  }
}

/** What was pasted beyond an answer is that of the next question. */
function keep(stdin: Shell['stdin'], rest: string): void {
  if (rest !== '') stdin.unshift(rest);
}

function isEndOfPem(text: string): boolean {
  return text.startsWith('-----END ', text.lastIndexOf('\n') + 1);
}
