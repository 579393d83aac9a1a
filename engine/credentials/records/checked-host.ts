import { ConnectorError } from '../../../connector/errors.ts';
import { checkHost, normalizeHost, workspaceOfHost } from '../../../connector/hosts.ts';
import type { Connector } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';

/** The origin of a host that may receive credentials. @throws ConnectorError ERR_HOST_MISSING, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED */
export function checkedHost(
  ctx: Pick<Context, 'config'>,
  connector: Connector,
  given: {
    host: unknown;
    pointer: string /** The caller keeps the workspace that the host names. */;
    takesWorkspace?: boolean;
  },
): string {
  try {
    const text = typeof given.host === 'string' ? given.host : '';
    const origin = normalizeHost(text);
    const workspace = workspaceOfHost(text);
    if (workspace !== undefined && given.takesWorkspace !== true) throw loginOnSharedHost(origin, workspace);
    checkHost(origin, { connector, allowedHosts: [...ctx.config.allowedHosts] });
    return origin;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new ConnectorError(error.code, error.message, {
      hint: error.hint,
      errors: [{ pointer: `${given.pointer}/host`, message: error.message }],
      sent: 'no',
    });
  }
}

function loginOnSharedHost(origin: string, workspace: string): ConnectorError {
  return new ConnectorError(
    'ERR_HOST_INVALID',
    `"${origin}" with ?o=${workspace} is one workspace of a host that serves several; logins and connect links do not support this`,
    { hint: "Use the workspace's own address without ?o=, or store a token or a service principal." },
  );
}
