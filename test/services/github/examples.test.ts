import { describe, expect, test } from 'vitest';
import { GITHUB_TOKEN, openGitHubEmulator } from '../../github-emulator.ts';
import { replayExample } from '../../manifests/replay.ts';
import { shippedManifests } from '../../shipped-manifests.ts';
import { startStrictServer } from './strict-server.ts';

const manifests = await shippedManifests();

/** `emulate` has no commit statuses, no `return_run_details`, and no workflows to run. */
const STRICT = new Set(
  'dispatch_workflow list_workflow_runs get_workflow_run rerun_workflow_run cancel_workflow_run create_commit_status'
    .split(' ')
    .map((name) => `github.${name}`),
);
const examples = [...manifests.actions.values()]
  .filter(({ connector }) => connector.id === 'github')
  .flatMap(({ id, manifest }) => manifest.examples.map((example) => ({ id, title: example.title, example })));

async function startEmulate() {
  return { url: await openGitHubEmulator(), token: GITHUB_TOKEN, accountId: '' };
}

describe('replays its examples:', () => {
  test.each(examples)('$id: $title', async ({ id, example }) => {
    const strict = STRICT.has(id) ? await startStrictServer() : undefined;
    const emulator =
      strict === undefined ? await startEmulate() : { url: strict.origin, token: 'ghp_canary', accountId: '' };

    await replayExample({ manifests, emulator }, id, example);
  });
});

test('only what `emulate` lacks is replayed on a server of ours', () => {
  expect(examples.filter(({ id }) => STRICT.has(id)).map(({ id }) => id)).toHaveLength(STRICT.size);
});
