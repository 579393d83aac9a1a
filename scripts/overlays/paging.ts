import type { ActionManifest, JsonObject } from '../../connector/manifest.ts';

type Pages = NonNullable<ActionManifest['pages']>;

interface Listing {
  own: JsonObject;
  pages: Pages;
  result: JsonObject;
  output: JsonObject;
}

const MORE = {
  title: 'More',
  description: 'True when there are more items than the limit.',
  type: 'boolean',
  default: false,
};

/** The limit of a list that follows pages by itself. `plural` is what the list holds, as in "1,000 catalogs". */
export function limit(plural: string, most = 100_000): JsonObject {
  return {
    max_items: {
      title: `Max ${plural}`,
      description: `Maximum number of ${plural} to read, across pages.`,
      type: 'integer',
      minimum: 1,
      maximum: most,
      default: 1000,
    },
  };
}

/** A list with page tokens. `size` is the largest page the service gives; without `sizeParam` it decides itself. */
export function tokenPages(
  items: string,
  plural: string,
  more: { sizeParam?: string; size?: number; manualInputs: string[] },
): Listing {
  return {
    own: limit(plural),
    pages: {
      style: 'token',
      items,
      next: 'next_page_token',
      param: 'page_token',
      ...(more.sizeParam === undefined ? {} : { size_param: more.sizeParam }),
      ...(more.size === undefined ? {} : { size: more.size }),
      limit: '$input.max_items',
      manual: more.manualInputs,
    },
    result: { [items]: '$items', more: '$pages.more', next_page_token: '$pages.next' },
    output: {
      more: MORE,
      next_page_token: {
        title: 'Next page token',
        description: 'Pass it as page_token to get the next page.',
        type: 'string',
      },
      prev_page_token: null,
    },
  };
}

/** A SCIM list: a start index and a count. */
export function scimPages(plural: string): Listing {
  return {
    own: limit(plural),
    pages: {
      style: 'offset',
      items: 'Resources',
      param: 'startIndex',
      start: 1,
      size_param: 'count',
      size: 10_000,
      total: 'totalResults',
      limit: '$input.max_items',
      manual: ['startIndex', 'count'],
    },
    result: {
      Resources: '$items',
      totalResults: '$last.totalResults',
      startIndex: '$start.startIndex',
      itemsPerPage: '$pages.count',
      schemas: '$last.schemas',
      more: '$pages.more',
      next_start_index: '$pages.next',
    },
    output: {
      more: MORE,
      next_start_index: {
        title: 'Next start index',
        description: 'Pass it as startIndex to get the next page.',
        type: 'integer',
      },
    },
  };
}
