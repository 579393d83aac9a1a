import type { JsonObject } from '../../connector/manifest.ts';
import type { Page, Position } from '../position.ts';

/** A page of 1,000 rows becomes one of 250, 63, 16, 4, 1; once pages fit, they grow by no more than that at a time. */
const SHRINK = 4;
/** Of the rows of a page that grows again, as JSON: what an answer holds beside them needs less than the other half. */
const GROW_TO_BYTES = 12 * 1024 * 1024;

/** Rows of a page: what the input says, or less where that was too large. */
export function pageLimit(position: Position | null, size: number): number {
  return Math.min(size, Number(position?.at?.size ?? size));
}

/** Whether not even one row comes with the answer. */
export function isLinked(position: Position | null): boolean {
  return position?.at?.links !== undefined;
}

/** A smaller page instead of one that was too large; of one row `undefined`. */
export function smallerPage(position: Position | null, size: number): Page | undefined {
  const limit = pageLimit(position, size);
  if (limit <= 1) return undefined;
  const smaller = Math.max(1, Math.ceil(limit / SHRINK));
  return { events: [], to: marked(position, { size: String(smaller) }), more: true };
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

/** A position with a mark; one that has read nothing says so. */
export function marked(position: Position | null, at: NonNullable<Position['at']>): Position {
  const from: Position = position ?? { value: null, key: null, at: { fresh: '1' } };
  return { ...from, at: { ...from.at, ...at } };
}
