import { text } from 'node:stream/consumers';
import { type Call, type OptionSpec, option } from './command.ts';
import { readText } from './input.ts';
import { UsageError } from './problem.ts';
import { askUnseen } from './prompt.ts';
import type { Shell } from './shell.ts';

/** Where a secret may come from. Never the command line: it would stay in the shell's history and in the list of processes. */
export const SECRET_OPTIONS: readonly OptionSpec[] = [
  { flags: '--secret-file <file>', text: 'read the secret from a file, - for standard input' },
  { flags: '--secret-env <variable>', text: 'read the secret from an environment variable' },
];

/** A secret of a kind of authentication. */
export interface SecretField {
  name: string;
  title: string;
  isRequired: boolean;
  /** It has several lines. */
  isText: boolean;
}

/** Refuses a variable that is not set, before anything is sent. @throws UsageError */
export function checkSecretOptions(call: Call): void {
  const variable = option(call, 'secretEnv');
  if (variable !== undefined && call.shell.env[variable] === undefined)
    throw new UsageError(`--secret-env: the variable ${variable} is not set`);
}

/** Reads a secret from the file or variable that was named, else asks for it without showing what is typed. @throws UsageError */
export async function readSecret(call: Call, title: string): Promise<string> {
  const secret = ((await givenText(call)) ?? (await ask(call.shell, { title, isText: false }))).trim();
  if (secret === '') throw new UsageError(`the ${title} is empty`);
  return secret;
}

/**
 * Reads secrets from the file or variable that was named: the text of the one that is required, or a JSON object with their names as its
 * fields. Else asks for each; one that is not required may be left out. @throws UsageError
 */
export async function readSecrets(call: Call, fields: readonly SecretField[]): Promise<Record<string, string>> {
  const text = await givenText(call);
  if (text !== undefined) return secretsIn(text, fields);
  const found: Record<string, string> = {};
  for (const field of fields) {
    if (!field.isRequired && !call.shell.stdin.isTTY) continue;
    const secret = (await ask(call.shell, field)).trim();
    if (secret === '' && field.isRequired) throw new UsageError(`the ${field.title} is empty`);
    if (secret !== '') found[field.name] = secret;
  }
  return found;
}

function secretsIn(text: string, fields: readonly SecretField[]): Record<string, string> {
  const required = fields.filter(({ isRequired }) => isRequired);
  const [only] = required;
  const object = objectIn(text);
  if (only !== undefined && required.length === 1 && typeof object?.[only.name] !== 'string') {
    const secret = text.trim();
    if (secret === '') throw new UsageError(`the ${only.title} is empty`);
    return { [only.name]: secret };
  }
  const names = fields.map(({ name }) => name).join(' and ');
  if (object === undefined) throw new UsageError('the secrets are not JSON', `Use an object with the fields ${names}.`);
  const found: Record<string, string> = {};
  for (const { name, isRequired } of fields) {
    const value = object[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
    else if (isRequired || value !== undefined) throw new UsageError(`the secrets have no "${name}"`);
  }
  return found;
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // It is the secret itself.
  }
}

async function ask(
  shell: Shell,
  of: Pick<SecretField, 'title' | 'isText'> & { isRequired?: boolean },
): Promise<string> {
  if (!shell.stdin.isTTY)
    throw new UsageError(
      `the ${of.title} is missing`,
      'Pass --secret-file or --secret-env, or run the command in a terminal to be prompted for it.',
    );
  return askUnseen(shell, of.isRequired === false ? `${of.title} (optional)` : of.title, of.isText);
}

/** The text of the file or variable that was named. @throws UsageError */
async function givenText(call: Call): Promise<string | undefined> {
  const [file, variable] = [option(call, 'secretFile'), option(call, 'secretEnv')];
  if (file === '-') return text(call.shell.stdin);
  if (file !== undefined) return readText('--secret-file', file);
  if (variable === undefined) return undefined;
  const value = call.shell.env[variable];
  if (value === undefined) throw new UsageError(`--secret-env: the variable ${variable} is not set`);
  return value;
}
