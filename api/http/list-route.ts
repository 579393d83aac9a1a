import type { JsonObject } from '../../connector/manifest.ts';
import type { ListPage, PageRequest } from '../../engine/store/list-pages.ts';
import { decodeCursor, encodeCursor, listOfCall } from './list-cursor.ts';
import { type Call, type Route, route } from './route.ts';
import { listOf, PAGING, type Paging } from './schemas.ts';

/** A list of the API: what it lists, and how one page is read. */
export interface ListRoute<Filter> extends Omit<Route, 'method' | 'query' | 'answers' | 'handle'> {
  /** Name of the schema of one item. */
  item: string;
  /** What a page is called in OpenAPI, such as `A page of runs.` */
  page: string;
  /** Schemas of the query parameters that choose among the rows. */
  filter?: JsonObject;
  read(call: Call<Filter>, page: PageRequest): Promise<ListPage<unknown>> | ListPage<unknown>;
}

/** Declares a list: `limit` and `cursor` are read and `next_cursor` is written here, in the same way for all. */
export function listRoute<Filter = unknown>({ item, page, filter, read, ...rest }: ListRoute<Filter>): Route {
  return route<Filter & Paging>({
    ...rest,
    method: 'GET',
    query: { ...filter, ...PAGING },
    answers: { 200: { description: page, schema: listOf(item) } },
    handle: async (call) => ({
      status: 200,
      body: await answerPage(call, rest.operation, (request) => read(call as Call<Filter>, request)),
    }),
  });
}

/** The body of one page of a list. @throws ConnectorError ERR_INPUT_INVALID for a cursor of another list */
export async function answerPage(
  call: Call<Paging>,
  operation: string,
  read: (page: PageRequest) => Promise<ListPage<unknown>> | ListPage<unknown>,
): Promise<object> {
  const { limit, cursor } = call.query;
  const list = listOfCall(call, operation, call.query);
  const { next, ...found } = await read({
    limit,
    after: cursor === undefined ? undefined : decodeCursor(list, cursor),
  });
  return { ...found, next_cursor: next === undefined ? null : encodeCursor(list, next) };
}
