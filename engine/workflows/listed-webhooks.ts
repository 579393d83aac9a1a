import { collect, listOf, type Position } from '../../actions/pages.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { PagesManifest, RegistrationManifest } from '../../connector/manifest.ts';
import type { Outcome } from '../../connector/outcome.ts';
import { readPath } from '../../connector/template.ts';
import { idAt } from '../../connector/webhook-registration.ts';

/** No repository or project has so many webhooks. */
const MAX_PAGES = 100;
const BY_LINK: PagesManifest = { style: 'link_header' };

/** A page of the list of webhooks. */
export interface WebhookPage {
  pages: PagesManifest;
  position: Position;
}

/**
 * Ids of the webhooks that have this URL, on every page of the list. `ask` sends the request `list` for a page.
 * @throws ConnectorError ERR_RESPONSE_INVALID for what is no list, or has no end
 */
export async function idsWithUrl(
  { list }: RegistrationManifest,
  url: string,
  ask: (page: WebhookPage) => Promise<Outcome>,
): Promise<string[]> {
  const pages = list.pages ?? BY_LINK;
  let asked = 0;
  const follow = async (position: Position) => {
    asked += 1;
    if (asked > MAX_PAGES) throw unreadable(`has more than ${MAX_PAGES} pages of webhooks`);
    const answer = await ask({ pages, position });
    const found = listOf(pages, answer.body);
    // Of each page no more is kept: all of them together may be large.
    for (const [index, item] of found.entries())
      found[index] = readPath(item, list.url) === url ? idAt(item, list.id) : undefined;
    return answer;
  };
  const first = await follow({ count: 0 });
  const { items = [] } = await collect(pages, { first, limit: Number.POSITIVE_INFINITY, follow });
  return items.filter((id) => typeof id === 'string');
}

/** A response that a registration cannot continue with. */
export function unreadable(what: string): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `the response ${what}`, { sent: 'answered' });
}
