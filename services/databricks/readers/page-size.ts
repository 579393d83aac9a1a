import type { ErrorRecord } from '../../../connector/errors.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import type { Page, Position } from '../../../triggers/position.ts';
import type { Ask, Source } from '../../../triggers/source.ts';

/** What the service says of a result that is too large to come with the answer: 25 MiB. */
const TOO_LARGE = /inline byte limit exceeded|disposition\s*=\s*EXTERNAL_LINKS/i;
/** A page of 1,000 rows becomes one of 250, 63, 16, 4, 1; once pages fit, they grow by no more than that at a time. */
const SHRINK = 4;
/** Of the rows of a page that grows again, as JSON: what an answer holds beside them needs less than the other half. */
const GROW_TO_BYTES = 12 * 1024 * 1024;

/** Rows of a page: what the input says, or less where that was too large. */
export function pageLimit(position: Position | null, size: number): number {
  return Math.min(size, Number(position?.at?.size ?? size));
}

/** Whether not even one row comes with the answer: then through cloud storage. */
export function isLinked(position: Position | null): boolean {
  return position?.at?.links !== undefined;
}

/** The question, whose answer comes through cloud storage where it is too large. */
export function withDisposition(ask: Ask, position: Position | null): Ask {
  return isLinked(position) ? { ...ask, input: { ...ask.input, disposition: 'EXTERNAL_LINKS' } } : ask;
}

/** A smaller page instead of one that was too large; `undefined` for any other failure. */
export function inlineRecovery(position: Position | null, size: number, error: ErrorRecord): Page | undefined {
  if (!isTooLarge(error) || isLinked(position)) return undefined;
  const limit = pageLimit(position, size);
  const at: { [name: string]: string } =
    limit <= 1 ? { links: '1', size: '1' } : { size: String(Math.max(1, Math.ceil(limit / SHRINK))) };
  return { events: [], to: marked(position, at), more: true };
}

/**
 * What stays of the size for the pages that follow at once: as many rows as fit, judging by those of this page, so that one large row
 * does not make all after it small pages. A page with nothing after it ends that.
 */
export function keptSize(
  position: Position | null,
  more: boolean,
  page: { rows: readonly JsonObject[]; input: JsonObject },
): { [name: string]: string } {
  const { size } = position?.at ?? {};
  if (!more || size === undefined || page.rows.length === 0) return {};
  const full = fullSize(page.input);
  const bytes = Buffer.byteLength(JSON.stringify(page.rows)) / page.rows.length;
  const next = Math.max(1, Math.min(full, Number(size) * SHRINK, Math.floor(GROW_TO_BYTES / bytes)));
  if (next >= full && full > 1) return {};
  const isLarge = isLinked(position) && bytes > GROW_TO_BYTES;
  return { size: String(next), ...(isLarge ? { links: '1' } : {}) };
}

/** Rows of a page by the input. */
export function fullSize(input: JsonObject): number {
  return Number(input.page_size ?? 1000);
}

/** A source that cannot be read in parts: an answer that is too large comes through cloud storage from then on. */
export function throughLinks(source: Source): Source {
  return {
    ...source,
    ask: (poll) => withDisposition(source.ask({ ...poll, position: unmarked(poll.position) }), poll.position),
    read(poll, output) {
      const page = source.read({ ...poll, position: unmarked(poll.position) }, output);
      if (page.to === null || !isLinked(poll.position)) return page;
      return { ...page, to: { ...page.to, at: { ...page.to.at, links: '1' } } };
    },
    recover(poll, error) {
      if (!isTooLarge(error) || isLinked(poll.position)) return source.recover?.(poll, error);
      return { events: [], to: marked(poll.position, { links: '1' }), more: true };
    },
  };
}

function isTooLarge(error: ErrorRecord): boolean {
  return TOO_LARGE.test(`${error.upstream?.message ?? ''} ${error.message}`);
}

/** A position with a mark; one that has read nothing says so. */
function marked(position: Position | null, at: NonNullable<Position['at']>): Position {
  const from: Position = position ?? { value: null, key: null, at: { fresh: '1' } };
  return { ...from, at: { ...from.at, ...at } };
}

/** The position as its source made it. */
function unmarked(position: Position | null): Position | null {
  if (position?.at?.links === undefined) return position;
  const { links: _, fresh, ...at } = position.at;
  if (fresh !== undefined) return null;
  return { ...position, at };
}
