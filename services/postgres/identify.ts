import type { Access } from '../../connector/access.ts';
import { toFailure } from './failures.ts';
import { ask } from './second-connection.ts';

/** Connects, and asks the server who this is. @throws ConnectorError ERR_AUTH_FAILED, ERR_NOT_SENT, ERR_HOST_NOT_ALLOWED, ERR_UPSTREAM */
export async function identify(access: Access): Promise<{ user_name?: string }> {
  try {
    return await ask(access, async (client) => {
      const { rows } = await client.query<{ user_name: string }>('SELECT current_user AS user_name');
      return { user_name: rows[0]!.user_name };
    });
  } catch (error) {
    throw toFailure(error, { moment: 'connect', access });
  }
}
