import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCli } from './cli.ts';

test('gives metadata to accounts, workflows and runs, changes it and finds by it', async () => {
  const { penstock, ctx } = await openCli({ worker: false });
  const file = join(ctx.config.dataFolder, 'workflow.json');
  const steps = [{ id: 'a', action: 'core.transform', input: { value: 1 } }];
  await writeFile(file, JSON.stringify({ name: 'nightly', trigger: { id: 'core.manual' }, steps }));
  const read = async (args: string[]) => JSON.parse((await penstock([...args, '--json'])).out);

  await penstock(['accounts', 'add', 'acme', '--metadata', 'customer=a=b', '--metadata', 'plan=gold']);
  await penstock(['accounts', 'add', 'beta']);
  await penstock(['workflows', 'create', file, '--metadata', 'customer=a=b']);
  const run = await read(['workflows', 'run', 'nightly', '--metadata', 'order=7']);
  const alone = await read(['run', 'core.transform', '--input', '{"value":1}', '--metadata', 'order=8']);
  const found = await read(['accounts', '--metadata', 'customer=a=b', '--metadata', 'plan=gold']);
  const flows = await read(['workflows', '--metadata', 'customer=a=b', '--name', 'nightly']);
  const runs = await read(['runs', '--metadata', 'order=7']);
  const changed = await read(['workflows', 'set-metadata', 'nightly', '--metadata', 'customer=c']);
  const emptied = await read(['accounts', 'update', 'acme', '--no-metadata']);
  const renamed = await read(['accounts', 'update', 'acme', '--name', 'acme ltd', '--metadata', 'x=']);
  const dry = await read(['runs', 'replay', '--metadata', 'order=7', '--dry-run']);

  expect([run.metadata, alone.metadata]).toEqual([{ order: '7' }, { order: '8' }]);
  expect(
    [found, flows, runs].map(({ items }) => items.map(({ id, name }: { id: string; name?: string }) => name ?? id)),
  ).toEqual([['acme'], ['nightly'], [run.id]]);
  expect(changed.metadata).toEqual({ customer: 'c' });
  expect(emptied.metadata).toEqual({});
  expect(renamed).toMatchObject({ name: 'acme ltd', metadata: { x: '' } });
  expect(dry).toMatchObject({ total: 0 });
  for (const wrong of [
    ['--metadata', 'x'],
    ['--metadata', 'x=1', '--metadata', 'x=2'],
  ])
    expect(await penstock(['runs', ...wrong])).toMatchObject({ code: 2, err: expect.stringContaining('--metadata') });
});
