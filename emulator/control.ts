import { invalid } from './errors.ts';
import type { FaultOrder, Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import type { Route } from './router.ts';

/** Routes of the emulator itself, not of Databricks: order faults, read the request log. They need no token. */
export function controlRoutes(faults: Faults, requests: RequestLog): Route[] {
  return [
    {
      method: 'POST',
      template: '/__emulator/faults',
      open: true,
      handle: ({ body }) => {
        try {
          return { json: { id: faults.add(body as unknown as FaultOrder) } };
        } catch (error) {
          throw invalid((error as Error).message);
        }
      },
    },
    { method: 'GET', template: '/__emulator/faults', open: true, handle: () => ({ json: { faults: faults.list() } }) },
    {
      method: 'DELETE',
      template: '/__emulator/faults',
      open: true,
      handle: () => {
        faults.clear();
        return {};
      },
    },
    {
      method: 'DELETE',
      template: '/__emulator/faults/{id}',
      open: true,
      handle: ({ params }) => {
        faults.clear(String(params.id));
        return {};
      },
    },
    {
      method: 'GET',
      template: '/__emulator/requests',
      open: true,
      handle: ({ query }) => ({
        json: {
          requests: requests.list({
            ...(query.method === undefined ? {} : { method: String(query.method) }),
            ...(query.path === undefined ? {} : { path: String(query.path) }),
          }),
          effects: requests.effects(),
        },
      }),
    },
    {
      method: 'DELETE',
      template: '/__emulator/requests',
      open: true,
      handle: () => {
        requests.clear();
        return {};
      },
    },
  ];
}
