import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openCli } from './cli.ts';

const HELPDESK = new URL('../../examples/connectors/helpdesk/', import.meta.url);

test('adds, shows, replaces and removes a connector from its folder, and prints what is wrong with one', async () => {
  const { penstock } = await openCli();
  const folder = await mkdtemp(join(tmpdir(), 'penstock-own-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const helpdesk = join(folder, 'helpdesk');
  await cp(HELPDESK, helpdesk, { recursive: true });
  const file = join(helpdesk, 'connector.json');
  const manifest = await readFile(file, 'utf8');

  const added = await penstock(['connectors', 'add', helpdesk]);
  const twice = await penstock(['connectors', 'add', helpdesk]);
  const shown = await penstock(['connectors', 'show', 'helpdesk']);
  await writeFile(file, manifest.replace('"Helpdesk"', '"Help desk"'));
  const replaced = await penstock(['connectors', 'add', helpdesk, '--replace']);
  await writeFile(file, manifest.replace('"title"', '"titel"'));
  const wrong = await penstock(['connectors', 'add', helpdesk, '--replace']);
  const json = await penstock(['connectors', 'add', helpdesk, '--replace', '--json']);
  const none = await penstock(['connectors', 'add', folder.concat('/none')]);
  const several = await penstock(['connectors', 'add', join(helpdesk, 'actions')]);
  const unsure = await penstock(['connectors', 'remove', 'helpdesk']);
  const removed = await penstock(['connectors', 'remove', 'helpdesk', '--yes']);
  const listed = await penstock(['connectors', 'list', '--json', '--limit', '100']);

  expect(added).toEqual({ code: 0, out: 'helpdesk: revision 1, 2 actions, 1 trigger.\n', err: '' });
  expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
  expect(shown.out).toMatch(/origin +tenant\n/);
  expect(shown.out).toMatch(/logins +api_key\n/);
  expect(replaced.out).toBe('helpdesk: revision 2, 2 actions, 1 trigger.\n');
  expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('helpdesk/connector.json#/titel') });
  expect(JSON.parse(json.out).errors.length).toBeGreaterThan(1);
  expect([none.code, several.code, unsure.code]).toEqual([2, 2, 2]);
  expect(removed).toMatchObject({ code: 0, out: 'Removed helpdesk.\n' });
  expect(JSON.parse(listed.out).items.map(({ id }: { id: string }) => id)).not.toContain('helpdesk');
});
