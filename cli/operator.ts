import { hostname, userInfo } from 'node:os';
import type { Actor } from '../engine/access/actor.ts';
import type { Context } from '../engine/context.ts';
import type { Call } from './command.ts';
import { findConnection } from './connection.ts';

/**
 * Does what needs Redis and the encryption keys themselves, with the name that is in the audit log. The engine is loaded
 * only now. @throws ConnectorError ERR_CONFIG, ERR_REDIS_UNAVAILABLE, ERR_FORBIDDEN for an API key that is not an admin's
 */
export async function asOperator<T>({ shell }: Call, work: (ctx: Context, actor: Actor) => Promise<T>): Promise<T> {
  const [{ readConfig }, { openContext, closeContext }, { operatorOf }, { localEnvironment }] = await Promise.all([
    import('../engine/process/config.ts'),
    import('../engine/open.ts'),
    import('../engine/access/operator.ts'),
    import('./start/settings.ts'),
  ]);
  const ctx = await openContext(readConfig({ LOG_LEVEL: 'warn', ...localEnvironment(shell.env) }), 'worker');
  try {
    const { apiKey } = findConnection(shell.env);
    return await work(ctx, await operatorOf(ctx, { apiKey, user: userName(), host: hostname() }));
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
