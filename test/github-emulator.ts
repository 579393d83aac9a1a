import { createEmulator } from 'emulate';
import { onTestFinished } from 'vitest';
import { freePort } from './global-setup.ts';

export const GITHUB_TOKEN = 'ghp_canary';

/** An imitation of GitHub (`emulate`) of one test, with octocat/hello-world. @returns the URL of its API */
export async function openGitHubEmulator(): Promise<string> {
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: {
      tokens: { [GITHUB_TOKEN]: { login: 'octocat', scopes: ['repo', 'workflow', 'admin:repo_hook'] } },
      github: { users: [{ login: 'octocat' }], repos: [{ owner: 'octocat', name: 'hello-world', auto_init: true }] },
    },
  });
  onTestFinished(() => emulator.close());
  return emulator.url.replace('localhost', '127.0.0.1');
}
