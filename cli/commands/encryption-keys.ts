import { stringifyAtEdge } from '../../connector/json.ts';
import type { Call, CommandSpec } from '../command.ts';
import { asOperator } from '../operator.ts';
import { note, print, showProgress } from '../shell.ts';

/** The keys that seal secrets at rest; not the API keys. */
export const ENCRYPTION_KEY_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'encryption-keys rotate',
    text: 'Re-encrypt all secrets on REDIS_URL with the first key of PENSTOCK_ENCRYPTION_KEYS, without downtime',
    options: [
      {
        flags: '--reissue-links',
        text: 'also reissue every approval link and every URL of an incoming webhook; the old ones stop working',
      },
    ],
    examples: ['PENSTOCK_ENCRYPTION_KEYS="k2:NEW,k1:OLD" npx penstock encryption-keys rotate'],
    run: rotate,
  },
];

/** What is done is done: stopped, the next call continues with what is left. */
async function rotate(call: Call): Promise<number> {
  const { shell } = call;
  const { rotateKeys } = await import('../../engine/operations/key-rotation.ts');
  const began = performance.now();
  const { result, primaryId } = await asOperator(call, async (ctx, actor) => ({
    primaryId: ctx.keyring.primaryId,
    result: await rotateKeys(ctx, actor, {
      signal: shell.signal,
      links: call.options.reissueLinks === true ? 'reissue' : 'keep',
      onProgress: ({ done, left }) => showProgress(shell, `${done} re-encrypted, ${left} left`),
    }),
  }));
  showProgress(shell, '');
  const hasFailed = Object.keys(result.failed).length > 0;
  if (call.isJson) {
    print(shell, stringifyAtEdge({ ...result, stopped: shell.signal.aborted }));
    return hasFailed ? 1 : 0;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(shell, `${result.resealed} secrets were re-encrypted with "${primaryId}" in ${seconds} s.`);
  if (call.options.reissueLinks === true)
    print(shell, 'Links were reissued: give the new URLs to the senders of webhooks.');
  if (result.retired.length > 0)
    print(shell, `No longer needed in PENSTOCK_ENCRYPTION_KEYS: ${result.retired.join(', ')}.`);
  for (const [id, count] of Object.entries(result.failed))
    note(
      shell,
      `${count} secrets of "${id}" cannot be decrypted and were not changed; keep that key. See the log for their names.`,
    );
  if (shell.signal.aborted) note(shell, 'Stopped. Run the command again to continue.');
  return hasFailed ? 1 : 0;
}
