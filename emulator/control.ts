import type { Access, Securable } from './access.ts';
import { invalid } from './errors.ts';
import type { FaultOrder, Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import type { Route } from './router.ts';

const SECURABLES: string[] = [
  'catalog',
  'schema',
  'table',
  'volume',
  'warehouse',
  'job',
  'cluster',
  'path',
] satisfies Securable[];

/** Routes of the emulator itself, not of Databricks: order faults, read the request log. They need no token. */
export function controlRoutes(faults: Faults, requests: RequestLog, access: Access): Route[] {
  const securable = (body: Record<string, unknown>): [Securable, string] => {
    const [[kind, name] = ['', ''], ...more] = Object.entries(body) as [string, unknown][];
    if (!SECURABLES.includes(kind) || typeof name !== 'string' || more.length > 0) {
      throw invalid(`Give one object, such as {"table": "main.default.secret"}; kinds: ${SECURABLES.join(', ')}.`);
    }
    return [kind as Securable, name];
  };
  return [
    {
      method: 'POST',
      template: '/__emulator/forbidden',
      open: true,
      handle: ({ body }) => {
        access.forbid(...securable(body));
        return {};
      },
    },
    {
      method: 'DELETE',
      template: '/__emulator/forbidden',
      open: true,
      handle: ({ body }) => {
        if (Object.keys(body).length > 0) access.allow(...securable(body));
        else for (const { kind, name } of access.list()) access.allow(kind, name);
        return {};
      },
    },
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
