import { randomUUID } from 'node:crypto';
import { invalid, notFound } from './errors.ts';
import { isObject } from './json.ts';
import { pageOf } from './paging.ts';
import type { Route } from './router.ts';
import type { Store } from './store.ts';

/** A saved query, which SQL tasks of jobs run. */
interface Query {
  id: string;
  display_name: string;
  query_text: string;
  warehouse_id?: string;
  owner_user_name: string;
  lifecycle_state: 'ACTIVE';
  create_time: string;
  update_time: string;
}

const PATH = '/api/2.0/sql/queries';

/** Saved queries: create, get, list and delete. */
export function createQueries(
  store: Store,
  now: () => number,
): { routes: Route[]; textOf(id: string): string | undefined } {
  const all = store.collection<Query>('queries');
  const find = (id: unknown): Query => {
    const query = all.get(String(id));
    if (query === undefined) throw notFound(`Query ${id} does not exist.`);
    return query;
  };
  return {
    textOf: (id) => all.get(id)?.query_text,
    routes: [
      {
        method: 'POST',
        template: PATH,
        handle: ({ body, identity }) => {
          const query = isObject(body.query) ? body.query : {};
          if (typeof query.query_text !== 'string') throw invalid('Missing required field: query.query_text');
          const time = new Date(now()).toISOString();
          const id = randomUUID();
          const name = typeof query.display_name === 'string' ? query.display_name : 'New query';
          const warehouse = typeof query.warehouse_id === 'string' ? { warehouse_id: query.warehouse_id } : {};
          return {
            json: all.put(id, {
              id,
              display_name: name,
              query_text: query.query_text,
              ...warehouse,
              owner_user_name: identity.userName,
              lifecycle_state: 'ACTIVE',
              create_time: time,
              update_time: time,
            }),
          };
        },
      },
      {
        method: 'GET',
        template: PATH,
        handle: ({ query }) => {
          const { items, next_page_token } = pageOf(all.values(), {
            list: 'queries',
            token: query.page_token,
            size: Number(query.page_size ?? 20),
          });
          return { json: { results: items, ...(next_page_token === undefined ? {} : { next_page_token }) } };
        },
      },
      { method: 'GET', template: `${PATH}/{id}`, handle: ({ params }) => ({ json: find(params.id) }) },
      {
        method: 'DELETE',
        template: `${PATH}/{id}`,
        handle: ({ params }) => {
          all.delete(find(params.id).id);
          return {};
        },
      },
    ],
  };
}
