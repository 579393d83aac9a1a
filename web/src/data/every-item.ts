const PAGE = 200;

/** Every item of a list, page by page. */
export async function everyItem<Item>(
  load: (page: {
    limit: number;
    cursor: string | undefined;
  }) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await load({ limit: PAGE, cursor });
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
