import { ConnectorError } from '../../connector/errors.ts';
import type { Failure } from '../expressions/batch.ts';
import { explainFailure } from '../expressions/explain.ts';
import type { Occurrence } from '../expressions/template.ts';
import { MAX_HEAP_MIB, type Stopped } from './thread-start.ts';

/** Limits of time, in ms. */
export interface TimeLimits {
  /** All expressions of one step together, from the moment that a thread takes them. */
  stepMs: number;
  /** All expressions of a run, its loops included. An ordinary one takes a fraction of a millisecond. */
  runMs: number;
}

export const TIME_LIMITS: TimeLimits = { stepMs: 5000, runMs: 30_000 };
/** Nobody writes longer ones, and reading them takes time and memory. */
export const MAX_SOURCE_LENGTH = 32_768;
/** Characters of an expression that a message shows. */
const MAX_SHOWN = 200;

/** What stopped an expression. */
export type Limit = Exclude<Stopped, 'closed'> | 'budget';

/** An expression that could not be evaluated. */
export function failed({ source, pointer }: Occurrence, failure: Failure): ConnectorError {
  const message = explainFailure(failure, source);
  return new ConnectorError(
    'ERR_EXPRESSION',
    `the expression "${shown(source)}" at ${pointer || '/'} failed: ${message}`,
    {
      errors: [{ pointer, message, ...(failure.position === undefined ? {} : { position: failure.position }) }],
    },
  );
}

/** Expressions that were stopped by a limit. */
export function stopped(by: Limit, limits: TimeLimits, open: readonly Occurrence[]): ConnectorError {
  const limit = limitReached(by, limits);
  const [first] = open;
  const what = first === undefined || open.length > 1 ? 'the expressions' : `the expression "${shown(first.source)}"`;
  const at = first === undefined ? '' : ` at ${first.pointer || '/'}`;
  return new ConnectorError('ERR_EXPRESSION', `${what}${at} ${limit}`, {
    hint: 'Let the service do the work, for example with a SQL statement that filters and counts, or pass on less data.',
    errors: [{ pointer: first?.pointer ?? '', message: limit }],
  });
}

function limitReached(by: Limit, { stepMs, runMs }: TimeLimits): string {
  switch (by) {
    case 'time':
      return `took longer than ${stepMs / 1000} seconds of CPU time, the time limit for the expressions of a step`;
    case 'memory':
      return `used more than ${MAX_HEAP_MIB} MiB, the memory limit for the expressions of a step`;
    case 'budget':
      return `reached the limit of ${runMs / 1000} seconds for all expressions of a run`;
    default:
      return by satisfies never;
  }
}

function shown(source: string): string {
  const text = source.trim();
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
