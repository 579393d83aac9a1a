import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../api/server.ts';
import { createApiKey } from '../../engine/access/api-keys.ts';
import { ensureTenant } from '../../engine/access/tenants.ts';
import { startWorker } from '../../engine/worker.ts';
import { runCli } from '../cli/cli.ts';
import { testContext, until } from '../context.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDE = readFileSync(`${ROOT}docs/guides/write-a-connector.md`, 'utf8');
/** Where the guide's server listens; another test may have the port. */
const ORIGIN = 'http://127.0.0.1:4010';

test('the files in the guide are those of the example', () => {
  const shown = [...GUIDE.matchAll(/^`helpdesk\/([\w/]+\.json)`:\n\n```json\n([\s\S]*?)\n```$/gm)];

  expect(shown.map(([, path]) => path)).toEqual([
    'connector.json',
    'schemas/ticket.json',
    'actions/list_tickets.json',
    'actions/create_ticket.json',
    'triggers/new_ticket.json',
  ]);
  for (const [, path, text] of shown)
    expect(text, path).toBe(readFileSync(`${ROOT}examples/connectors/helpdesk/${path}`, 'utf8').trim());
});

test('the commands in the guide work as they are written', { timeout: 60_000 }, async () => {
  const commands = [...GUIDE.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].flatMap(([, block]) => block!.split('\n'));
  const [serve, check, start, ...rest] = commands;
  const origin = await startHelpdesk(serve!);
  const env = await startPenstock(start!, origin);
  const run = async (command: string) => {
    const { argv, env: own } = parsed(command.replaceAll(ORIGIN, origin));
    expect(argv.slice(0, 2)).toEqual(['npx', 'penstock']);
    const { code, out, err } = await runCli(argv.slice(2).map(fromRoot), { env: { ...env, ...own } });
    expect({ command, code, err: code === 0 ? '' : err }).toEqual({ command, code: 0, err: '' });
    return out;
  };

  expect(await run(check!)).toContain('gitea, helpdesk: 4 actions, 2 triggers, no errors.');
  const printed: string[] = [];
  for (const command of rest) {
    printed.push(await run(command));
    // The guide's reader looks at the result before the next command.
    if (command.includes('workflows run'))
      await until(
        'the poll has ended',
        async () => !/queued|running/.test(await run('npx penstock runs --workflow new-tickets')),
      );
  }

  expect(rest).toHaveLength(10);
  const [connectors, , tested, listed, created] = printed;
  expect(connectors).toMatch(/^helpdesk +Helpdesk +operator +1 +2 +1$/m);
  expect(tested).toContain('Stored api_key');
  expect(listed).toContain('Ticket 60');
  expect(listed).toContain('Ticket 1"');
  expect(created).toContain('"id": "1061"');
  await until('the new ticket started a run', async () =>
    /succeeded/.test(await run('npx penstock runs --workflow new-tickets')),
  );
  const [shown] = JSON.parse(await run('npx penstock --json runs --workflow new-tickets')).items;
  expect(JSON.parse(await run(`npx penstock --json runs output ${shown.id}`))).toMatchObject({
    value: 'New: Printer on fire again',
  });
});

/** The words of a command line, and the variables before it. */
function parsed(command: string): { argv: string[]; env: Record<string, string> } {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const env = words
    .slice(0, first)
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  return { argv: words.slice(first), env: Object.fromEntries(env) };
}

function fromRoot(word: string): string {
  return word.startsWith('examples/') ? ROOT + word : word;
}

async function startHelpdesk(command: string): Promise<string> {
  const { argv } = parsed(command);
  expect(argv).toEqual(['node', 'examples/helpdesk-server.mjs']);
  const child = spawn(process.execPath, [fromRoot(argv[1]!), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return /http:\/\/[\d.:]+/.exec(line)![0];
}

/** Penstock with the variables of the command. @returns those that a command line needs */
async function startPenstock(command: string, origin: string): Promise<Record<string, string>> {
  const { argv, env } = parsed(command.replaceAll(ORIGIN, origin));
  expect(argv).toEqual(['npm', 'start']);
  const own = { ...env, PENSTOCK_CONNECTORS: fromRoot(env.PENSTOCK_CONNECTORS!) };
  const worker = await testContext({ env: own, context: { manifests: undefined } });
  const api = await testContext({
    env: own,
    role: 'api',
    prefix: worker.config.prefix,
    context: { manifests: undefined, artifacts: worker.artifacts },
  });
  const running = await startWorker(worker);
  onTestFinished(() => running.close());
  const app = createApi(api);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  await ensureTenant(api, 'default');
  const { key } = await createApiKey(api, { tenant: 'default', name: 'guide', role: 'admin' });
  return { PENSTOCK_URL: url, PENSTOCK_API_KEY: key };
}
