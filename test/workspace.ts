import { onTestFinished } from 'vitest';
import { createEmulator, type Emulator, type EmulatorOptions } from '../emulator/server.ts';
import { engineActor } from '../engine/access/audit.ts';
import type { Context } from '../engine/context.ts';
import { createLinkedAccount } from '../engine/credentials/accounts/accounts.ts';
import { isEnded, type Run } from '../engine/runs/run.ts';
import { readRun } from '../engine/runs/runs.ts';
import { submitAction } from '../engine/runs/submit.ts';
import { startWorker } from '../engine/worker.ts';
import { testContext, until } from './context.ts';

/** An emulator, a context, a linked account of it and a running worker, all closed when the test ends. */
export interface Workspace {
  ctx: Context;
  emulator: Emulator;
  /** Id of the linked account. */
  account: string;
  /** Runs an action and gives its run at its end. */
  run(action: string, input: unknown, options?: Run['options']): Promise<Run>;
}

/** Opens a workspace. `worker: false` leaves the worker to the test. */
export async function openWorkspace(
  given: {
    emulator?: EmulatorOptions;
    context?: Parameters<typeof testContext>[0];
    worker?: boolean;
    kind?: 'pat' | 'oauth_m2m';
  } = {},
): Promise<Workspace> {
  const emulator = await createEmulator({ samples: 'none', transitionMs: 50, ...given.emulator });
  onTestFinished(() => emulator.close());
  const ctx = await testContext(given.context);
  const { id: account } = await createLinkedAccount(ctx, engineActor('default'), {
    name: 'demo',
    connector: 'databricks',
    default_warehouse_id: emulator.warehouseId,
    authentication:
      given.kind === 'pat'
        ? { name: 'token', kind: 'pat', host: emulator.url, token: emulator.token }
        : {
            name: 'principal',
            kind: 'oauth_m2m',
            host: emulator.url,
            client_id: emulator.clientId,
            client_secret: emulator.clientSecret,
          },
  });
  if (given.worker !== false) {
    const worker = await startWorker(ctx);
    onTestFinished(() => worker.close());
  }
  return {
    ctx,
    emulator,
    account,
    async run(action, input, options) {
      const { id } = await submitAction(ctx, 'default', {
        request: { action, linked_account: account, input, options },
      });
      return ended(ctx, id);
    },
  };
}

/** The run at its end. */
export function ended(ctx: Context, id: string, limitMs?: number): Promise<Run> {
  const look = async () => {
    const run = await readRun(ctx, id);
    return run !== undefined && isEnded(run.status) ? run : undefined;
  };
  return until(`run ${id} has ended`, look, limitMs);
}
