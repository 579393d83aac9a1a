import type { CommandSpec, GroupSpec } from './command.ts';
import { ACCOUNT_COMMANDS } from './commands/accounts.ts';
import { AUTH_COMMANDS } from './commands/auth.ts';
import { CATALOGUE_COMMANDS } from './commands/catalogue.ts';
import { CURSOR_COMMANDS } from './commands/cursor.ts';
import { KEY_COMMANDS } from './commands/keys.ts';
import { PART_COMMANDS } from './commands/parts.ts';
import { RUN_COMMAND } from './commands/run.ts';
import { RUNS_COMMANDS } from './commands/runs.ts';
import { WORKFLOW_COMMANDS } from './commands/workflows.ts';

/** Words with commands of their own. */
export const GROUPS: readonly GroupSpec[] = [
  { name: 'runs', text: 'history of runs: list, show, output, tail, replay, cancel', heading: 'Runs' },
  { name: 'accounts', text: 'linked accounts: list, add, show, delete', heading: 'Accounts' },
  { name: 'auth', text: 'authentications of a linked account: list, add, test, delete', heading: 'Accounts' },
  { name: 'keys', text: 'API keys: list, create, delete', heading: 'Accounts' },
  {
    name: 'workflows',
    text: 'a trigger and steps: list, create, show, enable, disable, run, delete',
    heading: 'Workflows',
  },
  { name: 'cursor', text: 'how far a trigger has read: show, set, reset, history', heading: 'Workflows' },
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...PART_COMMANDS,
  ...CATALOGUE_COMMANDS,
  RUN_COMMAND,
  ...RUNS_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...AUTH_COMMANDS,
  ...KEY_COMMANDS,
  ...WORKFLOW_COMMANDS,
  ...CURSOR_COMMANDS,
];
