import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../cli/cli.ts';
import type { openWatched } from './canary-flows.ts';
import type { Used } from './canary-use.ts';

type Api = Awaited<ReturnType<typeof openWatched>>;

/** Every route that reads, for each object there is, as one who may only read and as one who may do everything. */
export async function askEverywhere(api: Api, ids: Used, exits: Map<string, string>) {
  for (const [i, answer] of ids.answers.entries())
    exits.set(`answer ${i}`, `${answer.text} ${JSON.stringify([...answer.headers])}`);
  const { paths } = (await api.send('GET', '/openapi.json')).body;
  const runs = await allRuns(api);
  const list = async (path: string) => (await api.send('GET', path)).body.items.map(({ id }: { id: string }) => id);
  const known: Record<string, string[]> = {
    runs,
    workflows: ids.workflows,
    linked_accounts: [ids.account],
    replays: await list('/v1/replays'),
    webhook_endpoints: await list('/v1/webhook_endpoints'),
    authentications: await list(`/v1/linked_accounts/${ids.account}/authentications`),
  };
  for (const key of [await api.keyOf('viewer'), await api.keyOf('admin')])
    for (const path of Object.keys(paths)) {
      if (paths[path].get === undefined || path.startsWith('/connect/') || path.startsWith('/oauth')) continue;
      for (const filled of fill(path, known)) await ask(api, filled, key, exits);
    }
  for (const id of ids.workflows) {
    const dry = await api.send('DELETE', `/v1/workflows/${id}?dry_run=true`);
    exits.set(`dry deletion of ${id}`, dry.text);
  }
  exits.set(
    'dry deletion of the account',
    (await api.send('DELETE', `/v1/linked_accounts/${ids.account}?dry_run=true`)).text,
  );
  const basic = `Basic ${Buffer.from(`x:${await api.keyOf('admin')}`).toString('base64')}`;
  for (const status of ['latest', 'active', 'waiting', 'delayed', 'completed', 'failed']) {
    const page = `/admin/queues/api/queues?activeQueue=runs&status=${status}&page=1&jobsPerPage=100`;
    exits.set(`board ${status}`, await (await fetch(api.origin + page, { headers: { authorization: basic } })).text());
  }
}

/** Read like any other answer; of a stream, what it says at once. */
async function ask(api: Api, path: string, key: string, exits: Map<string, string>): Promise<void> {
  const isStream = path.endsWith('/events');
  for (const accept of ['application/json', ...(isStream ? ['text/event-stream'] : [])]) {
    const reader = new AbortController();
    const url = path === '/v1/events' ? `${path}?after=0` : path;
    const headers = { authorization: `Bearer ${key}`, accept };
    const answer = await fetch(api.origin + url, { headers, signal: reader.signal });
    const isOpen = answer.headers.get('content-type')?.includes('event-stream') === true;
    const text = isOpen ? await firstOf(answer) : Buffer.from(await answer.arrayBuffer()).toString('latin1');
    reader.abort();
    exits.set(`${key.slice(-4)} ${accept} ${path}`, `${JSON.stringify([...answer.headers])} ${text}`);
  }
}

async function firstOf(answer: Response): Promise<string> {
  const { value } = await answer.body!.getReader().read();
  return Buffer.from(value ?? []).toString();
}

async function allRuns({ ctx }: Api): Promise<string[]> {
  const keys = await ctx.redis.keys(ctx.keys.run('run_*'));
  return keys.map((key) => key.slice(ctx.keys.run('').length));
}

function fill(path: string, known: Record<string, string[]>): string[] {
  const [whole, kind] = /(\w+)\/\{\w+\}/.exec(path) ?? [];
  if (whole === undefined) return [path];
  return (known[kind!] ?? ['1']).flatMap((id) => fill(path.replace(whole, `${kind}/${encodeURIComponent(id)}`), known));
}

/** What the commands print that read, for people and as JSON. */
export async function askTheCli(api: Api, ids: Used, exits: Map<string, string>) {
  const env = { PENSTOCK_URL: api.origin, PENSTOCK_API_KEY: await api.keyOf('admin') };
  const [all = ''] = ids.workflows;
  const commands = [
    ['runs'], ['runs', 'show', ids.run], ['runs', 'output', `${ids.run}.few`], ['runs', 'output', `${ids.run}.many`],
    ['runs', 'output', `${ids.run}.made`], ['runs', 'show', ids.failed], ['runs', 'tail', ids.failed], ['runs', 'causes'],
    ['runs', 'replay', ids.failed, '--dry-run'], ['workflows'], ['workflows', 'show', all], ['workflows', 'versions', all],
    ['workflows', 'health', ids.workflows[2]!], ['approvals'], ['audit'], ['events', 'list'], ['accounts'], ['replays'],
    ['accounts', 'show', ids.account], ['auth', 'list', '--account', 'mirror'], ['webhook-endpoints'], ['api-keys'],
    ['runs', 'show', 'run_none'],
  ]; // biome-ignore format: a table
  for (const command of commands)
    for (const more of [[], ['--json']]) {
      const { out, err } = await runCli([...command, ...more], { env });
      exits.set(`penstock ${command.join(' ')} ${more}`, out + err);
    }
}

/** Every file below a folder, byte by byte. */
export async function filesIn(folder: string): Promise<[name: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as [string, string]));
}
