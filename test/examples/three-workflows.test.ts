import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { GITHUB_TOKEN, openGitHubEmulator } from '../github-emulator.ts';
import { type GuideWorkflow, guideCommands, guideText, guideWorkflow } from '../guide-workflows.ts';
import { openSlack, TOKEN as SLACK_TOKEN } from '../services/slack/workspace.ts';

const NAMES: readonly GuideWorkflow[] = ['totals', 'regions', 'large-orders'];

test('the commands in the guide work as they are written, and the definitions are those of its files', {
  timeout: 60_000,
}, async () => {
  const slack = await openSlack();
  const github = await openGitHubEmulator();
  const { ctx, penstock } = await openCli({
    emulator: { samples: 'none' },
    context: { env: { PENSTOCK_ALLOWED_HOSTS: 'http://127.0.0.1:*' } },
  });
  const folder = ctx.config.dataFolder;
  for (const name of NAMES) await writeFile(join(folder, `${name}.json`), guideText(name));
  /** What a person has and the guide does not: the addresses of imitations, and the tokens that are typed. */
  const given: [RegExp, string[], string][] = [
    [/accounts add acme-slack/, ['--field', `base_url=${slack.url}`], ''],
    [/accounts add acme-github/, ['--field', `base_url=${github}`], ''],
    [/auth add .*acme-slack/, [], `${SLACK_TOKEN}\n`],
    [/auth add .*acme-github/, [], `${GITHUB_TOKEN}\n`],
  ];
  const run = async (command: string) => {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    expect(words.slice(0, 2)).toEqual(['npx', 'penstock']);
    const argv = words.slice(2).map((word) => (word.endsWith('.json') ? join(folder, word) : word));
    const [, more, stdin] = given.find(([pattern]) => pattern.test(command)) ?? [undefined, [], ''];
    const { code, out, err } = await penstock([...argv, ...more], { stdin, isTerminal: stdin !== '' });
    expect({ command, code, err: code === 0 ? '' : err }).toEqual({ command, code: 0, err: '' });
    return out;
  };
  const printed = new Map<string, string>();
  for (const command of guideCommands()) printed.set(command, await run(command));

  expect([...printed.keys()].filter((command) => command.includes('workflows create'))).toHaveLength(NAMES.length);
  const totals = [...printed].find(([command]) => command.includes('workflows run totals'))![1];
  expect(totals).toMatch(/"rows": 2[\s\S]*"total": 44/);
  await until('the sync has run', async () => /succeeded/.test(await run('npx penstock runs --workflow large-orders')));
  expect(
    await run(`npx penstock run slack.list_messages --account acme-slack --wait --input '{"channel": "C000000001"}'`),
  ).toContain('2 large orders');
  // A published workflow names accounts by their ids.
  const { items } = JSON.parse(await run('npx penstock --json accounts')) as { items: { name: string; id: string }[] };
  const ids = Object.fromEntries(items.map(({ name, id }) => [name, id]));
  for (const name of NAMES) {
    const shown = JSON.parse(await run(`npx penstock --json workflows show ${name}`));
    expect(shown).toMatchObject(guideWorkflow(name, ids));
  }
});
