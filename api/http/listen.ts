import type { FastifyInstance } from 'fastify';
import { ConnectorError } from '../../connector/errors.ts';

/** What the system says when an address cannot be had, in words. */
const REASONS: Record<string, { problem: string; hint: string }> = {
  EADDRINUSE: {
    problem: 'is already in use by another program',
    hint: 'Stop that program, or set $PORT to a free port.',
  },
  EACCES: { problem: 'is not permitted for this user', hint: 'Set $PORT to 1024 or above.' },
  EADDRNOTAVAIL: {
    problem: 'is not an address of this host',
    hint: 'Set HOST to 127.0.0.1, 0.0.0.0 or an address of this host.',
  },
  ENOTFOUND: {
    problem: 'has a host name that cannot be resolved',
    hint: 'Set HOST to an address of this host.',
  },
};

/**
 * Opens the API's port and says where it is reached; port 0 takes a free one.
 * @throws ConnectorError ERR_CONFIG with one clear line when the address cannot be had
 */
export async function listenApi(app: FastifyInstance, address: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port });
  } catch (cause) {
    throw addressError(cause, address);
  }
}

/** One clear line about an address that cannot be had; any other error as it is. `variable` sets the port. */
export function addressError(
  cause: unknown,
  { host, port }: { host: string; port: number },
  variable = 'PORT',
): unknown {
  const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return cause;
  return new ConnectorError('ERR_CONFIG', `the address ${host}:${port} ${reason.problem}`, {
    hint: reason.hint.replace('$PORT', variable),
    cause,
  });
}
