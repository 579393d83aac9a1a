import { expect, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { openSource } from '../../../triggers/open-source.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { until } from '../../context.ts';
import { GITHUB_TOKEN, openGitHubEmulator } from '../../github-emulator.ts';
import { shippedManifests } from '../../shipped-manifests.ts';

const WHERE = { owner: 'octocat', repo: 'hello-world' };

/** A repository, and what the trigger finds in it. */
async function open(given: JsonObject) {
  const url = await openGitHubEmulator();
  const bench = openBench({ url, token: GITHUB_TOKEN });
  const run = async (id: string, input: JsonObject) => {
    const action = await actionOf(id);
    return (await runToEnd(action, callOf(action, input), bench)).output as JsonObject;
  };
  const trigger = (await shippedManifests()).triggers.get('github.new_or_changed_item')!;
  const input = trigger.input.check({ ...WHERE, ...given }, 'the input') as JsonObject;
  const source = openSource(trigger, input);
  const state = { position: null as never, memory: null as never };
  const look = async () => {
    const poll = { input, ...state, now: 0, owner: 'wf' };
    const ask = source.ask(poll);
    const page = source.read(poll, await run(ask.action, ask.input));
    if (page.to !== null) Object.assign(state, { position: page.to, memory: page.memory });
    return page.events.map(({ change, data }) => [change, (data as { title: string }).title]);
  };
  return { run, look };
}

async function addPullRequest(run: (id: string, input: JsonObject) => Promise<JsonObject>, title: string) {
  const branch = await run('github.http_request', { path: '/repos/octocat/hello-world/git/ref/heads/main' });
  const { sha } = (branch.body as { object: { sha: string } }).object;
  await run('github.create_ref', { ...WHERE, ref: 'refs/heads/fix', sha });
  const change = { path: 'a.sql', message: 'm', content: 'U0VMRUNUIDE=', branch: 'fix' };
  await run('github.put_content', { ...WHERE, ...change });
  return run('github.create_pull_request', { ...WHERE, title, head: 'fix', base: 'main' });
}

test('emits issues that are new or changed, and no pull requests', async () => {
  const { run, look } = await open({ emit: 'new_or_changed' });
  const { number } = await run('github.create_issue', { ...WHERE, title: 'old' });

  const start = await look();
  await run('github.create_issue', { ...WHERE, title: 'a' });
  await run('github.create_issue', { ...WHERE, title: 'b' });
  await addPullRequest(run, 'a pull request');
  const added = await look();
  const same = await look();
  // `updated_at` may have seconds only.
  const changed = await until('a change is seen', async () => {
    await run('github.update_issue', { ...WHERE, issue_number: number!, title: 'old, renamed' });
    const found = await look();
    return found.length > 0 ? found : undefined;
  });

  expect(start).toEqual([]);
  expect(added).toEqual([
    ['new', 'a'],
    ['new', 'b'],
  ]);
  expect(same).toEqual([]);
  expect(changed).toEqual([['changed', 'old, renamed']]);
});

test('emits pull requests, from the beginning if that is wanted', async () => {
  const { run, look } = await open({ kind: 'pull_requests', start: 'beginning' });
  await run('github.create_issue', { ...WHERE, title: 'an issue' });
  await addPullRequest(run, 'Fix the load');

  expect(await look()).toEqual([['new', 'Fix the load']]);
  expect(await look()).toEqual([]);
});
