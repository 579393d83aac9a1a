import { stringifyAtEdge } from '../../connector/json.ts';
import type { Call, CommandSpec } from '../command.ts';
import { asOperator } from '../operator.ts';
import { note, print, showProgress } from '../shell.ts';

/** The keys that seal secrets at rest; not the API keys. */
export const KEY_ROTATION_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'keys rotate',
    text: 'seals every secret again under the first of PENSTOCK_ENCRYPTION_KEYS, on REDIS_URL, while the system serves',
    options: [
      {
        flags: '--reissue-links',
        text: 'also reissues every approval link and every URL of an incoming webhook; the old ones stop working',
      },
    ],
    examples: ['PENSTOCK_ENCRYPTION_KEYS="k2:NEW,k1:OLD" npx penstock keys rotate'],
    run: rotate,
  },
];

/** What is done is done: stopped, the next call goes on with what is left. */
async function rotate(call: Call): Promise<number> {
  const { shell } = call;
  const { rotateKeys } = await import('../../engine/operations/key-rotation.ts');
  const began = performance.now();
  const { result, primaryId } = await asOperator(call, async (ctx, actor) => ({
    primaryId: ctx.keyring.primaryId,
    result: await rotateKeys(ctx, actor, {
      signal: shell.signal,
      links: call.options.reissueLinks === true ? 'reissue' : 'keep',
      onProgress: ({ done, left }) => showProgress(shell, `${done} sealed again, ${left} left`),
    }),
  }));
  showProgress(shell, '');
  const hasFailed = Object.keys(result.failed).length > 0;
  if (call.isJson) {
    print(shell, stringifyAtEdge({ ...result, stopped: shell.signal.aborted }));
    return hasFailed ? 1 : 0;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(shell, `${result.resealed} secrets are sealed again under "${primaryId}", in ${seconds} s.`);
  if (call.options.reissueLinks === true) print(shell, 'Links are reissued: give the new URLs to who sends webhooks.');
  if (result.retired.length > 0)
    print(shell, `No longer needed in PENSTOCK_ENCRYPTION_KEYS: ${result.retired.join(', ')}.`);
  for (const [id, count] of Object.entries(result.failed))
    note(
      shell,
      `${count} secrets of "${id}" cannot be opened and stay as they are; keep that key. The log names them.`,
    );
  if (shell.signal.aborted) note(shell, 'Stopped; run it again to go on with what is left.');
  return hasFailed ? 1 : 0;
}
