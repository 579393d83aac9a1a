import type { FailureDetails } from '../../../actions/service.ts';
import { readPath } from '../../../connector/template.ts';

/** Where clusters and warehouses have the words of the cloud, as an object of texts. */
const PARAMETERS = ['termination_reason.parameters', 'health.failure_reason.parameters'];

/** The SQLSTATE of a statement, and the cloud's own words: `aws_api_error_code: InsufficientInstanceCapacity, …`. */
export function failureDetails(last: unknown): FailureDetails {
  const sqlState = readPath(last, 'status.sql_state');
  const details = PARAMETERS.map((path) => textsOf(readPath(last, path))).find((text) => text !== '');
  return { details, sqlState: typeof sqlState === 'string' && sqlState !== '' ? sqlState : undefined };
}

function textsOf(found: unknown): string {
  if (found === null || typeof found !== 'object' || Array.isArray(found)) return '';
  return Object.entries(found)
    .filter(([, value]) => (typeof value === 'string' && value !== '') || ['number', 'bigint'].includes(typeof value))
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
