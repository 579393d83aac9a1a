import type { ConnectorError, ErrorCode } from '../../connector/errors.ts';
import type { Run } from './run.ts';

/** Failures that a new launch cannot change, or that may have had their effect. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_OUTCOME_UNKNOWN',
  'ERR_CANCELED',
  'ERR_INPUT_INVALID',
  'ERR_EXPRESSION',
  'ERR_HOST_NOT_ALLOWED',
  'ERR_NEEDS_REAUTH',
  'ERR_FAILED_ON_PURPOSE',
  'ERR_REJECTED',
]);

/** When a step is launched again after a failure; `undefined` when it is not, or not any more. */
export function retryOf(
  run: Pick<Run, 'retry' | 'retried'>,
  failure: ConnectorError,
): { ms: number; retried: number } | undefined {
  const { retry, retried = 0 } = run;
  if (retry === undefined || retried >= retry.times || FINAL_CODES.has(failure.code)) return undefined;
  const seconds = Math.min(retry.delay_seconds * 2 ** retried, retry.max_delay_seconds);
  return { ms: Math.max(seconds * 1000, failure.retryAfterMs ?? 0), retried: retried + 1 };
}
