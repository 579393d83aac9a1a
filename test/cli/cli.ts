import { PassThrough, Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createApi } from '../../api/server.ts';
import { main } from '../../cli/main.ts';
import { createApiKey } from '../../engine/access/api-keys.ts';
import { ensureTenant } from '../../engine/access/tenants.ts';
import { testContext } from '../context.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';

/** What a command line did. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

export interface Terminal {
  /** Standard input; with `isTerminal` it is typed. */
  stdin?: string;
  isTerminal?: boolean;
  env?: Record<string, string>;
  /** Called with each text for standard output and standard error, while the command runs. */
  onText?(text: string): void;
  /** Ctrl-C. */
  signal?: AbortSignal;
}

export interface TestCli extends Workspace {
  env: Record<string, string>;
  /** Runs a command line against the API of this test. */
  penstock(argv: string[], terminal?: Terminal): Promise<Ended>;
}

/** Runs a command line in this process, with streams of its own. */
export async function runCli(
  argv: string[],
  { stdin = '', isTerminal = false, env = {}, onText, signal = new AbortController().signal }: Terminal = {},
): Promise<Ended> {
  const [stdout, stderr] = [collector(isTerminal, onText), collector(isTerminal, onText)];
  const input = Object.assign(Readable.from([stdin]), { isTTY: isTerminal, setRawMode: () => input });
  const code = await main(argv, { env: { PENSTOCK_DATA: '/nowhere', ...env }, stdin: input, stdout, stderr, signal });
  return { code, out: stdout.text(), err: stderr.text() };
}

/** API, worker and emulator on real sockets, with the linked account `demo`; closed when the test ends. */
export async function openCli(given: Parameters<typeof openWorkspace>[0] = {}): Promise<TestCli> {
  const workspace = await openWorkspace(given);
  const ctx = await testContext({
    role: 'api',
    prefix: workspace.ctx.config.prefix,
    env: given.context?.env ?? {},
    context: { artifacts: workspace.ctx.artifacts },
  });
  const api = createApi(ctx);
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => api.close());
  await ensureTenant(ctx, 'default');
  const { key } = await createApiKey(ctx, { tenant: 'default', name: 'cli', role: 'admin' });
  const env = { PENSTOCK_URL: url, PENSTOCK_API_KEY: key };
  return {
    ...workspace,
    env,
    penstock: (argv, terminal = {}) => runCli(argv, { ...terminal, env: { ...env, ...terminal.env } }),
  };
}

function collector(isTTY: boolean, onText: Terminal['onText']): PassThrough & { isTTY: boolean; text(): string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk) => {
    chunks.push(String(chunk));
    onText?.(String(chunk));
  });
  return Object.assign(stream, { isTTY, text: () => chunks.join('') });
}
