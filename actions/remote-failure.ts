import { ConnectorError } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import { findRule } from '../connector/outcome.ts';
import { readPath } from '../connector/template.ts';
import type { Explanation } from './call.ts';

/**
 * The failure of a remote operation, in the service's own words: those an `explain` function found, else what the
 * manifest's `code` and `message` paths point at. The manifest's rules may add kind and hint.
 */
export function remoteFailure(action: Action, last: unknown, explanation: Explanation | undefined): ConnectorError {
  const { manifest, connector } = action;
  const code = explanation?.code ?? textAt(last, manifest.await?.code);
  const message = explanation?.message ?? textAt(last, manifest.await?.message);
  const rules = [...(manifest.errors ?? []), ...(connector.manifest.errors ?? [])];
  // The answer itself was a success of HTTP, so rules about a status are not meant.
  const rule = findRule(rules, { status: 200, code: code ?? '', message: message ?? '' });
  const words = [code, message].filter((part) => part !== undefined).join(': ');
  return new ConnectorError('ERR_REMOTE_FAILED', `${manifest.title} failed${words === '' ? '' : `: ${words}`}`, {
    kind: explanation?.kind ?? rule?.kind,
    hint: explanation?.hint ?? rule?.hint,
    upstream: {
      ...(code === undefined ? {} : { error_code: code }),
      ...(message === undefined ? {} : { message }),
      ...explanation?.upstream,
    },
    launchEnded: true,
  });
}

/** The handle of a remote operation for people: `statement_id 01f0-7`; empty when there is none. */
export function describeHandle(start: unknown): string {
  if (start === null || typeof start !== 'object') return '';
  return Object.entries(start)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function textAt(body: unknown, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : readPath(body, path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
