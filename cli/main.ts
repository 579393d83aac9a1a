import { CommanderError } from 'commander';
import { ConnectorError, toErrorRecord } from '../connector/errors.ts';
import { stringifyAtEdge } from '../connector/json.ts';
import { useProxiesForFetch } from '../connector/proxies.ts';
import { createClient } from './client.ts';
import type { Call, CommandSpec } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import { findConnection } from './connection.ts';
import { watchParent } from './orphan.ts';
import { ApiProblem, CliError, problemLines, runErrorLines, UsageError } from './problem.ts';
import { createProgram } from './program.ts';
import { note, print, type Shell, showProgress } from './shell.ts';

const FAILED = 1;
const WRONG_USAGE = 2;
/** What a shell reports of a program that ended by Ctrl-C. */
const INTERRUPTED = 130;

/** Runs one command line, without the program's name; resolves with the exit code. */
export async function main(argv: readonly string[], given: Partial<Shell> = {}): Promise<number> {
  const { env, stdin, stdout, stderr } = process;
  const shell: Shell = { env, stdin, stdout, stderr, signal: given.signal ?? untilInterrupted(), ...given };
  let code = 0;
  let isJson = argv.includes('--json');
  const run = async (spec: CommandSpec, { args, options }: Pick<Call, 'args' | 'options'>) => {
    isJson = options.json === true;
    const client = createClient(findConnection(shell.env), shell.signal);
    const outcome = await spec.run({ shell, args, options, isJson, client });
    code = typeof outcome === 'number' ? outcome : 0;
  };
  try {
    // The doctor says what is wrong with them, and sends nothing.
    if (!argv.includes('doctor')) useProxiesForFetch(shell.env);
    const program = createProgram({ groups: GROUPS, commands: COMMANDS }, shell, run);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    showProgress(shell, '');
    return explain(shell, error, isJson);
  }
}

function explain(shell: Shell, error: unknown, isJson: boolean): number {
  if (shell.signal.aborted) return INTERRUPTED;
  // commander has written its own message; asking for help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (error instanceof ApiProblem) {
    if (isJson) print(shell, stringifyAtEdge(error.problem));
    for (const line of problemLines(withKeyHint(error))) note(shell, line);
    return FAILED;
  }
  if (error instanceof CliError) {
    note(shell, `error: ${error.message}`);
    if (error.hint !== undefined) note(shell, `  hint: ${error.hint}`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
  if (error instanceof ConnectorError) {
    for (const line of runErrorLines(toErrorRecord(error))) note(shell, line);
    return FAILED;
  }
  throw error;
}

/** A client without a key is told where keys come from, rather than only that one is missing. */
function withKeyHint({ problem, connection }: ApiProblem): ApiProblem['problem'] {
  if (problem.code !== 'ERR_UNAUTHORIZED' || connection.apiKey !== undefined) return problem;
  return { ...problem, hint: `Set PENSTOCK_API_KEY to an API key of ${connection.url}. "npm start" prints its key.` };
}

/** The first Ctrl-C lets a command say what continues without it; the second ends the process. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  watchParent(process.env, () => controller.abort());
  return controller.signal;
}
