import { hostname, userInfo } from 'node:os';
import { stringifyAtEdge } from '../../connector/json.ts';
import type { Call, CommandSpec } from '../command.ts';
import { findConnection } from '../connection.ts';
import { note, print, showProgress } from '../shell.ts';

/** The keys that seal secrets at rest; not the API keys. */
export const KEY_ROTATION_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'keys rotate',
    text: 'seals every secret again under the first of PENSTOCK_ENCRYPTION_KEYS, on REDIS_URL, while the system serves',
    examples: ['PENSTOCK_ENCRYPTION_KEYS="k2:NEW,k1:OLD" npx penstock keys rotate'],
    run: rotate,
  },
];

/** What is done is done: stopped, the next call goes on with what is left. */
async function rotate(call: Call): Promise<number> {
  const { shell } = call;
  const [{ readConfig }, { openContext, closeContext }, { rotateKeys }, { operatorOf }, { localEnvironment }] =
    await Promise.all([
      import('../../engine/config.ts'),
      import('../../engine/open.ts'),
      import('../../engine/keys/key-rotation.ts'),
      import('../../engine/access/operator.ts'),
      import('../start/settings.ts'),
    ]);
  const ctx = await openContext(readConfig({ LOG_LEVEL: 'warn', ...localEnvironment(shell.env) }), 'worker');
  const began = performance.now();
  try {
    const { apiKey } = findConnection(shell.env);
    const actor = await operatorOf(ctx, { apiKey, user: userName(), host: hostname() });
    const result = await rotateKeys(ctx, actor, {
      signal: shell.signal,
      onProgress: ({ done, left }) => showProgress(shell, `${done} sealed again, ${left} left`),
    });
    showProgress(shell, '');
    if (call.isJson) print(shell, stringifyAtEdge({ ...result, stopped: shell.signal.aborted }));
    else {
      const seconds = (performance.now() - began) / 1000;
      print(
        shell,
        `${result.resealed} secrets are sealed again under "${ctx.keyring.primaryId}", in ${seconds.toFixed(1)} s.`,
      );
      if (result.retired.length > 0)
        print(shell, `No longer needed in PENSTOCK_ENCRYPTION_KEYS: ${result.retired.join(', ')}.`);
      for (const [id, count] of Object.entries(result.failed))
        note(
          shell,
          `${count} secrets of "${id}" cannot be opened and stay as they are; keep that key. The log names them.`,
        );
      if (shell.signal.aborted) note(shell, 'Stopped; run it again to go on with what is left.');
    }
    return Object.keys(result.failed).length > 0 ? 1 : 0;
  } finally {
    await closeContext(ctx);
  }
}

/** In a container the user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
