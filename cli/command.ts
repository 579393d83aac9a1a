import type { Client } from './client.ts';
import type { Shell } from './shell.ts';

/** One option, in commander's notation: `--account <id or name>`. */
export interface OptionSpec {
  flags: string;
  text: string;
  isRequired?: true;
  /** Allowed values. */
  choices?: readonly string[];
  /** May be given more than once; its value is a list. */
  isList?: true;
}

/** What a command is given when it runs. */
export interface Call {
  shell: Shell;
  /** Positional arguments, in order; an optional one may be missing. */
  args: (string | undefined)[];
  /** By camelCase name; a flag is true, `--no-x` makes `x` false. */
  options: Readonly<Record<string, string | string[] | boolean | undefined>>;
  /** `--json`: the answer of the API, unchanged, for machines. */
  isJson: boolean;
  client: Client;
}

/** The parts of the help. */
export type Heading = 'Run Penstock' | 'Connectors' | 'Runs' | 'Accounts' | 'Workflows' | 'Operations';

/** A word with commands of its own. */
export interface GroupSpec {
  name: string;
  text: string;
  heading: Heading;
}

/** A command as data; cli/program.ts makes the command line of it. */
export interface CommandSpec {
  /** Words, then arguments in commander's notation: `runs show <run>`. */
  usage: string;
  text: string;
  /** Of a command with one word. */
  heading?: Heading;
  /** The group's name alone is this command. */
  isDefault?: true;
  options?: readonly OptionSpec[];
  /** Shown after the options in the help. */
  examples?: readonly string[];
  /** Resolves with the exit code; nothing is 0. */
  run(call: Call): Promise<unknown>;
}

/** The value of an option that takes one. */
export function option(call: Call, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that may be given more than once. */
export function optionList(call: Call, name: string): string[] {
  const value = call.options[name];
  return Array.isArray(value) ? value : [];
}
