import { ConnectorError } from '../../connector/errors.ts';

/** GitHub redirects requests for a repository that was renamed or moved to its numeric id. */
export function explainRedirect(origin: string, target: URL): ConnectorError | undefined {
  if (target.origin !== origin || !/\/repositories\/\d+(\/|$)/.test(target.pathname)) return undefined;
  return new ConnectorError('ERR_UPSTREAM', 'the repository was renamed or moved', {
    kind: 'not_found',
    hint: 'Use the current owner and name of the repository.',
    upstream: { status: 301, error_code: 'MOVED_PERMANENTLY', message: 'Moved Permanently' },
    sent: 'answered',
  });
}
