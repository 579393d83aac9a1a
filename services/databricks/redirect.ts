import { ConnectorError } from '../../connector/errors.ts';

/** The id of the workspace may follow, after a colon. */
const PRIVATE_LINK = /^private-link-validation-error(:[\w.-]*)?$/;

/** Databricks redirects to a login page when a private link is required. */
export function explainRedirect(origin: string, target: URL): ConnectorError | undefined {
  const reason = target.searchParams.get('error') ?? '';
  if (target.pathname !== '/login.html' || !PRIVATE_LINK.test(reason)) return undefined;
  return new ConnectorError('ERR_UPSTREAM', `the workspace ${origin} can only be reached through its private link`, {
    kind: 'permission',
    hint: 'Run Penstock inside the network of the private link, or ask an administrator for public access.',
    upstream: { status: 403, error_code: 'PRIVATE_LINK_VALIDATION_ERROR', message: reason },
    sent: 'answered',
  });
}
