import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import type { Run } from '../../../engine/runs/run.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';

/** A linked account of GitHub at a base URL, with a token, and a worker. */
export async function openGitHub(
  baseUrl: string,
  given: { authentication?: JsonObject; context?: Parameters<typeof testContext>[0] } = {},
) {
  const ctx = await testContext(given.context);
  const { id: account } = await createLinkedAccount(ctx, engineActor('default'), {
    name: 'github',
    connector: 'github',
    base_url: baseUrl,
    authentication: given.authentication ?? { name: 'token', kind: 'pat', token: 'ghp_canary', test: false },
  });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  return {
    ctx,
    account,
    async run(action: string, input: unknown, options?: Run['options']): Promise<Run> {
      const request = { action, linked_account: account, input, options };
      return ended(ctx, (await submitAction(ctx, 'default', { request })).id);
    },
  };
}
