import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../access/actor.ts';
import { audit } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { addDataKey, useDataKey } from '../secrets/data-keyring.ts';
import { readProcesses } from '../secrets/processes.ts';
import { renewLinkSecret } from '../secrets/signed-links.ts';

/** A process learns of a new key with its next heartbeat, every five seconds. */
const LOOK_MS = 200;
const MAX_WAIT_MS = 20_000;

/**
 * Makes a new data key, which seals inputs, definitions and links from now on; the older ones still open what they sealed. It
 * seals only when every process knows it: while one does not answer, the key is left for the next rotation, and `undefined` is given.
 */
export async function rotateDataKey(ctx: Context, actor: Actor, signal?: AbortSignal): Promise<string | undefined> {
  const id = await addDataKey(ctx);
  await ctx.dataKeyring.refresh();
  for (let waited = 0; !(await isKnown(ctx, id)); waited += LOOK_MS) {
    if (waited >= MAX_WAIT_MS || signal?.aborted === true) {
      ctx.log.warn(
        { key: id },
        'some processes do not know the new data key yet; it will be used from the next rotation on',
      );
      return undefined;
    }
    await sleep(LOOK_MS);
  }
  await useDataKey(ctx, id);
  await ctx.dataKeyring.refresh();
  await audit(ctx, actor, { action: 'data_key.rotate', target: { kind: 'data_key', id } });
  return id;
}

/** Makes another secret for links: every approval link and every URL of an incoming webhook is another one from now on. */
export async function reissueLinks(ctx: Context, actor: Actor): Promise<void> {
  await renewLinkSecret(ctx);
  await audit(ctx, actor, { action: 'links.reissue', target: { kind: 'links', id: 'all' } });
}

async function isKnown(ctx: Context, id: string): Promise<boolean> {
  return (await readProcesses(ctx)).every(({ dataKeys }) => dataKeys?.includes(id) === true);
}
