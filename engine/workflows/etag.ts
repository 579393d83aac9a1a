import { ConnectorError } from '../../connector/errors.ts';
import type { Workflow } from './workflow-record.ts';

/** Entity tags that a caller accepts, without quotes, or any that is there. */
export type IfMatch = readonly string[] | '*';

/**
 * The precondition of a change: what is stored must be what the caller has read.
 * @param current the entity tag of what is stored; undefined when there is nothing
 * @throws ConnectorError ERR_CONFLICT with the current entity tag, which the API answers with 412
 */
export function checkIfMatch(
  what: string,
  { ifMatch, current }: { ifMatch: IfMatch | undefined; current: string | undefined },
): void {
  if (ifMatch === undefined) return;
  if (current !== undefined && (ifMatch === '*' || ifMatch.includes(current))) return;
  throw new ConnectorError(
    'ERR_CONFLICT',
    `${what} ${current === undefined ? 'does not exist' : 'was changed meanwhile'}`,
    {
      hint: 'Read it again, apply your change to what is there now, and send its ETag in If-Match.',
      etag: current ?? null,
    },
  );
}

/** Changes with every change of the workflow's record. */
export function etagOfWorkflow({ latest, updated_at }: Workflow): string {
  return `${latest}.${updated_at.toString(36)}`;
}
