import { Command, Option } from 'commander';
import { nearestNames } from '../connector/nearest.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Call, CommandSpec, GroupSpec } from './command.ts';
import { note, print, type Shell } from './shell.ts';

const EPILOGUE = `
Commands that use the API connect to PENSTOCK_URL (default: http://127.0.0.1:3000) with PENSTOCK_API_KEY. In the
checkout where "npm start" ran, both are set automatically.

Exit codes: 0 success, 1 the run failed or the API returned an error, 2 invalid command line.`;

/** The command line made of the specs. `run` is called with the command that was asked for. */
export function createProgram(
  { groups, commands }: { groups: readonly GroupSpec[]; commands: readonly CommandSpec[] },
  shell: Shell,
  run: (spec: CommandSpec, given: Pick<Call, 'args' | 'options'>) => Promise<void>,
): Command {
  const root = new Command('penstock')
    .description('Run actions and triggers of services, with stored authentications.')
    .version(packageJson.version, '--version', 'print the version')
    .option('--json', 'print the API response as JSON')
    .addHelpText('after', EPILOGUE);
  prepare(root, shell);

  for (const spec of commands) {
    const words = spec.usage.split(' ');
    const names = words.filter((word) => !/^[<[]/.test(word));
    const parent =
      names.length === 1
        ? root
        : (find(root, names[0]!) ?? addGroup(root, groups.find(({ name }) => name === names[0])!, shell));
    const command = parent.command(names.at(-1)!, { isDefault: spec.isDefault === true }).description(spec.text);
    prepare(command, shell);
    if (spec.heading !== undefined) command.helpGroup(`${spec.heading}:`);
    for (const argument of words.slice(names.length)) command.argument(argument);
    for (const { flags, text, choices, isList, isRequired } of spec.options ?? []) {
      const option = new Option(flags, text);
      if (choices !== undefined) option.choices(choices);
      if (isList) option.argParser((value: string, before?: string[] | false) => [...(before || []), value]);
      command.addOption(option.makeOptionMandatory(isRequired === true));
    }
    if (spec.examples !== undefined)
      command.addHelpText('after', ['', 'Examples:', ...spec.examples.map((line) => `  ${line}`)].join('\n'));
    command.allowExcessArguments().action(async () => {
      refuseExcess(command, spec.isDefault === true);
      await run(spec, { args: command.args, options: command.optsWithGlobals() });
    });
  }
  return root;
}

function find(parent: Command, name: string): Command | undefined {
  return parent.commands.find((command) => command.name() === name);
}

function addGroup(root: Command, { name, text, heading }: GroupSpec, shell: Shell): Command {
  const group = root.command(name).description(text).helpGroup(`${heading}:`);
  prepare(group, shell);
  return group;
}

function prepare(command: Command, shell: Shell): void {
  command
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError(`See "${nameOf(command)} --help".`)
    .configureOutput({
      writeOut: (text) => print(shell, text.trimEnd()),
      writeErr: (text) => note(shell, text.trimEnd()),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

/** A word that a group's default does not take is a misspelt command of the group. */
function refuseExcess(command: Command, isDefault: boolean): void {
  const excess = command.args[command.registeredArguments.length];
  if (excess === undefined) return;
  const owner = isDefault ? command.parent! : command;
  const known = owner.commands.map((sub) => sub.name());
  const near = nearestNames(excess, known);
  const hint =
    near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : known.length > 0 ? ` Commands: ${known.join(', ')}.` : '';
  command.error(`error: ${nameOf(owner)} does not take "${excess}".${hint}`);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
