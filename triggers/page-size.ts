import type { ErrorRecord } from '../connector/errors.ts';
import type { Page, Position } from './position.ts';

/** What the service says of a result that is too large to come with the answer: 25 MiB. */
const TOO_LARGE = /inline byte limit exceeded|disposition\s*=\s*EXTERNAL_LINKS/i;
/** A page of 1,000 rows becomes one of 250, 63, 16, 4, 1. */
const SHRINK = 4;

/** Rows of a page: what the input says, or less where that was too large. */
export function pageLimit(position: Position | null, size: number): number {
  return Math.min(size, Number(position?.at?.size ?? size));
}

/** Whether not even one row comes with the answer: then through cloud storage. */
export function isLinked(position: Position | null): boolean {
  return position?.at?.links !== undefined;
}

/** A smaller page instead of one that was too large; `undefined` for any other failure. */
export function inlineRecovery(position: Position | null, size: number, error: ErrorRecord): Page | undefined {
  if (!TOO_LARGE.test(`${error.upstream?.message ?? ''} ${error.message}`)) return undefined;
  const limit = pageLimit(position, size);
  if (isLinked(position)) return undefined;
  const at: { [name: string]: string } =
    limit <= 1 ? { links: '1', size: '1' } : { size: String(Math.max(1, Math.ceil(limit / SHRINK))) };
  const from: Position = position ?? { value: null, key: null, at: { fresh: '1' } };
  return { events: [], to: { ...from, at: { ...from.at, ...at } }, more: true };
}

/** What stays of the size for the pages that follow at once; a page with nothing behind it ends that. */
export function keptSize(position: Position | null, more: boolean): { [name: string]: string } {
  const { size, links } = position?.at ?? {};
  if (!more || size === undefined) return {};
  return { size, ...(links === undefined ? {} : { links }) };
}
