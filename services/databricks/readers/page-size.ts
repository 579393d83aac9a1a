import type { ErrorRecord } from '../../../connector/errors.ts';
import type { Page, Position } from '../../../triggers/position.ts';
import type { Ask, Source } from '../../../triggers/source.ts';
import { isLinked, marked, smallerPage } from '../../../triggers/table/page-size.ts';

/** What the service says of a result that is too large to come with the answer: 25 MiB. */
const TOO_LARGE = /inline byte limit exceeded|disposition\s*=\s*EXTERNAL_LINKS/i;

/** The question, whose answer comes through cloud storage where it is too large. */
export function withDisposition(ask: Ask, position: Position | null): Ask {
  return isLinked(position) ? { ...ask, input: { ...ask.input, disposition: 'EXTERNAL_LINKS' } } : ask;
}

/** A smaller page instead of one that was too large; of one row through cloud storage; `undefined` for any other failure. */
export function inlineRecovery(position: Position | null, size: number, error: ErrorRecord): Page | undefined {
  if (!isTooLarge(error) || isLinked(position)) return undefined;
  const linked: Page = { events: [], to: marked(position, { links: '1', size: '1' }), more: true };
  return smallerPage(position, size) ?? linked;
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

/** The position as its source made it. */
function unmarked(position: Position | null): Position | null {
  if (position?.at?.links === undefined) return position;
  const { links: _, fresh, ...at } = position.at;
  if (fresh !== undefined) return null;
  return { ...position, at };
}
