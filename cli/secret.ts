import { text } from 'node:stream/consumers';
import { type Call, type OptionSpec, option } from './command.ts';
import { readText } from './input.ts';
import { UsageError } from './problem.ts';
import { note, type Shell } from './shell.ts';

/** Where a secret may come from. Never the command line: it would stay in the shell's history and in the list of processes. */
export const SECRET_OPTIONS: readonly OptionSpec[] = [
  { flags: '--secret-file <file>', text: 'read the secret from a file, - for standard input' },
  { flags: '--secret-env <variable>', text: 'read the secret from an environment variable' },
];

/** Refuses a variable that is not set, before anything is sent. @throws UsageError */
export function checkSecretOptions(call: Call): void {
  const variable = option(call, 'secretEnv');
  if (variable !== undefined && call.shell.env[variable] === undefined)
    throw new UsageError(`--secret-env: the variable ${variable} is not set`);
}

/** Reads a secret from the file or variable that was named, else asks for it without showing what is typed. @throws UsageError */
export async function readSecret(call: Call, title: string): Promise<string> {
  const [file, variable] = [option(call, 'secretFile'), option(call, 'secretEnv')];
  const secret = (await given(call.shell, { file, variable, title })).trim();
  if (secret === '') throw new UsageError(`the ${title} is empty`);
  return secret;
}

/**
 * Reads several secrets: a JSON object with the names as its fields from the file or variable that was named, else each is asked for.
 * @throws UsageError
 */
export async function readSecrets(call: Call, names: readonly string[]): Promise<Record<string, string>> {
  const [file, variable] = [option(call, 'secretFile'), option(call, 'secretEnv')];
  const found: Record<string, string> = {};
  if (file === undefined && variable === undefined) {
    for (const name of names) found[name] = await readSecret(call, name);
    return found;
  }
  let object: unknown;
  try {
    object = JSON.parse(await given(call.shell, { file, variable, title: names.join(' and ') }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError('the secrets are not JSON', `Use an object with the fields ${names.join(' and ')}.`);
  }
  for (const name of names) {
    const value = (object as Record<string, unknown> | null)?.[name];
    if (typeof value !== 'string' || value === '') throw new UsageError(`the secrets have no "${name}"`);
    found[name] = value;
  }
  return found;
}

/** Asks for a field that is shown. @throws UsageError without a terminal */
export async function askField(call: Call, of: { kind: string; name: string; title: string }): Promise<string> {
  const { stdin, stderr } = call.shell;
  if (!stdin.isTTY) throw new UsageError(`${of.kind} requires ${flagOf(of.name)}`, `Pass --field ${of.name}=VALUE.`);
  stderr.write(`${of.title}: `);
  let typed = '';
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    typed += String(chunk);
    if (/[\r\n\x04]/.test(typed)) break;
  }
  stdin.pause();
  return typed.trim();
}

/** As the option is called that is short for it. */
function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

async function given(
  shell: Shell,
  from: { file: string | undefined; variable: string | undefined; title: string },
): Promise<string> {
  if (from.file === '-') return text(shell.stdin);
  if (from.file !== undefined) return readText('--secret-file', from.file);
  if (from.variable !== undefined) {
    const value = shell.env[from.variable];
    if (value === undefined) throw new UsageError(`--secret-env: the variable ${from.variable} is not set`);
    return value;
  }
  if (!shell.stdin.isTTY)
    throw new UsageError(
      `the ${from.title} is missing`,
      'Pass --secret-file or --secret-env, or run the command in a terminal to be prompted for it.',
    );
  return askUnseen(shell, from.title);
}

/** Asks a question that is answered with y; without a terminal the answer is no. */
export async function confirm({ stdin, stderr }: Shell, question: string): Promise<boolean> {
  if (!stdin.isTTY) return false;
  stderr.write(`${question} [y/N] `);
  let typed = '';
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    typed += String(chunk);
    if (/[\r\n\x04]/.test(typed)) break;
  }
  stdin.pause();
  return /^y(es)?\s*$/i.test(typed);
}

/** Raw mode: the terminal echoes nothing, and Ctrl-C arrives as a character. */
async function askUnseen(shell: Shell, title: string): Promise<string> {
  const { stdin, stderr } = shell;
  stderr.write(`${title}: `);
  stdin.setRawMode?.(true);
  try {
    let typed = '';
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n' || char === '\x04') return typed;
        if (char === '\x03') throw new UsageError('interrupted');
        typed = char === '\x7f' || char === '\b' ? typed.slice(0, -1) : typed + char;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    note(shell);
  }
}
