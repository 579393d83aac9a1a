import { ConnectorError } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import { findRule, rulesOf } from '../connector/outcome.ts';
import { readPath } from '../connector/template.ts';
import type { Explanation } from './call.ts';
import { pathsOf } from './conditions.ts';

/**
 * The failure of a remote operation, in the service's own words: those an `explain` function found, else what the
 * manifest's paths point at, and at the least the state in which it ended. The manifest's rules may add kind and hint.
 */
export function remoteFailure(action: Action, last: unknown, explanation: Explanation | undefined): ConnectorError {
  const { manifest } = action;
  const waiting = manifest.await;
  const state = waiting === undefined ? undefined : firstText(last, pathsOf(waiting.failure));
  const code = explanation?.code ?? firstText(last, waiting?.code) ?? state;
  const { details, sqlState } = action.connector.service.failureDetails?.(last) ?? {};
  const message = explanation?.message ?? withDetails(firstText(last, waiting?.message), details);
  // The answer itself was a success of HTTP, so rules about a status are not meant.
  const rule = findRule(rulesOf({ action, connector: action.connector }), {
    status: 200,
    code: code ?? '',
    message: message ?? '',
  });
  const words = [code, message].filter((part) => part !== undefined).join(': ');
  const standard = sqlState === undefined || words.includes(sqlState) ? '' : ` (SQLSTATE ${sqlState})`;
  return new ConnectorError(
    'ERR_REMOTE_FAILED',
    `${manifest.title} failed${words === '' ? '' : `: ${words}`}${standard}`,
    {
      kind: explanation?.kind ?? rule?.kind,
      hint: explanation?.hint ?? rule?.hint,
      upstream: {
        ...(code === undefined ? {} : { error_code: code }),
        ...(message === undefined ? {} : { message }),
        ...(sqlState === undefined ? {} : { sql_state: sqlState }),
        ...explanation?.upstream,
      },
      launchEnded: true,
    },
  );
}

function withDetails(message: string | undefined, details: string | undefined): string | undefined {
  if (details === undefined) return message;
  return message === undefined ? details : `${message} (${details})`;
}

function firstText(body: unknown, paths: string | readonly string[] | undefined): string | undefined {
  for (const path of [paths ?? []].flat()) {
    const found = textAt(body, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The handle of a remote operation for people: `statement_id 01f0-7`; empty when there is none. */
export function describeHandle(start: unknown): string {
  if (start === null || typeof start !== 'object') return '';
  return Object.entries(start)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function textAt(body: unknown, path: string): string | undefined {
  const value = readPath(body, path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
