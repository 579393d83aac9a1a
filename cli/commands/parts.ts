import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../../connector/errors.ts';
import type { Finding } from '../../engine/operations/doctor.ts';
import type { Call, CommandSpec } from '../command.ts';
import { CliError } from '../problem.ts';
import type { Parts } from '../serve.ts';
import { note, paint, print } from '../shell.ts';

const EMULATOR = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));

/** What runs for long, and what looks whether it can. Their code is loaded only when one of them is asked for. */
export const PART_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'serve',
    heading: 'Run Penstock',
    text: 'Run the API and a worker in one process, on REDIS_URL',
    run: (call) => runParts(call, 'both'),
  },
  { usage: 'api', heading: 'Run Penstock', text: 'Run the API', run: (call) => runParts(call, 'api') },
  {
    usage: 'worker',
    heading: 'Run Penstock',
    text: 'Run a worker; several workers share the load',
    examples: ['PENSTOCK_METRICS_PORT=9464 penstock worker   # serves its metrics at http://127.0.0.1:9464/metrics'],
    run: (call) => runParts(call, 'worker'),
  },
  {
    usage: 'emulator',
    heading: 'Run Penstock',
    text: 'Run the emulator, a local workspace for development',
    run: runEmulator,
  },
  {
    usage: 'doctor',
    heading: 'Run Penstock',
    text: 'Check Redis, keys, hosts and clock, and report problems',
    run: runDoctor,
  },
];

async function runParts(call: Call, parts: Parts): Promise<void> {
  const { signal, env } = call.shell;
  const [{ serve }, { readConfig }] = await Promise.all([
    import('../serve.ts'),
    import('../../engine/process/config.ts'),
  ]);
  const serving = await serve(readConfig(env), parts);
  note(call.shell, serving.url === undefined ? 'The worker is running.' : `Penstock is at ${serving.url}`);
  if (!signal.aborted) await once(signal, 'abort');
  await serving.close();
}

async function runEmulator(call: Call): Promise<number> {
  const child = spawn(process.execPath, [EMULATOR], { stdio: 'inherit', env: { ...call.shell.env } });
  call.shell.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 0;
}

async function runDoctor(call: Call): Promise<number> {
  const { shell } = call;
  const [{ examine }, { examineNames }, { examineConfig }, { localEnvironment }] = await Promise.all([
    import('../../engine/operations/doctor.ts'),
    import('../../engine/operations/variables.ts'),
    import('../../engine/process/config.ts'),
    import('../start/settings.ts'),
  ]);
  const findings = await examineAll();
  if (findings.length === 0) throw new CliError('nothing was checked');
  if (call.isJson) print(shell, JSON.stringify(findings));
  else {
    for (const { subject, ok, found, remedy } of findings) {
      print(shell, `${ok ? paint(shell, 'green', 'ok   ') : paint(shell, 'red', 'wrong')}  ${subject}: ${found}`);
      if (remedy !== undefined) print(shell, `         ${remedy}`);
    }
  }
  return findings.every(({ ok }) => ok) ? 0 : 1;

  /** A variable that cannot be read is a finding like any other; the rest is looked at with its default. */
  async function examineAll(): Promise<Finding[]> {
    const validationErrors: ConnectorError[] = [];
    let env = shell.env;
    try {
      env = localEnvironment(shell.env);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'ERR_CONFIG') throw error;
      validationErrors.push(error);
    }
    const read = examineConfig(env);
    const unreadable = [...validationErrors, ...read.validationErrors].map(({ message, hint }) => {
      return { subject: 'Configuration', ok: false, found: message, remedy: hint ?? 'Correct the variable.' };
    });
    return [...unreadable, ...examineNames(shell.env), ...(await examine(read.config))];
  }
}
