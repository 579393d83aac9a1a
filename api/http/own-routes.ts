import { scopeOf } from '../../engine/connectors/scope.ts';
import type { Context } from '../../engine/context.ts';
import { type Check, compileBody, compileQuery } from './check.ts';
import type { Route } from './route.ts';
import type { Serving } from './serving.ts';

/** A route with its checks compiled. */
export interface ReadyRoute {
  route: Route;
  checkQuery: Check;
  checkBody: Check;
}

/** The routes of tenants with connectors of their own, which show and check more than those of everybody. */
export interface OwnRoutes {
  /** The route for a tenant: `usual`, unless the tenant has connectors of its own. Costs no promise while this process knows them. */
  of(usual: ReadyRoute, tenant: string): ReadyRoute | Promise<ReadyRoute>;
}

type Routes = ReadonlyMap<string, Route>;

const NO_FIELDS = { type: 'object', additionalProperties: false, properties: {} } as const;

/** `routesOf` makes all routes over a context; they are made once for each catalog that this process keeps. */
export function createOwnRoutes(serving: Serving, routesOf: (serving: Serving) => readonly Route[]): OwnRoutes {
  const made = new WeakMap<Context['manifests'], Routes>();
  const routesIn = (ctx: Context): Routes => {
    const known = made.get(ctx.manifests);
    if (known !== undefined) return known;
    const routes = new Map(routesOf({ ...serving, ctx }).map((route) => [nameOf(route), route]));
    made.set(ctx.manifests, routes);
    return routes;
  };
  const ownOf = (usual: ReadyRoute, ctx: Context): ReadyRoute => {
    if (ctx.scope === undefined) return usual;
    const route = routesIn(ctx).get(nameOf(usual.route));
    // The checks are the same: what depends on connectors is checked by the engine. Compiled for each catalog, they would stay in memory.
    return route === undefined ? usual : { ...usual, route };
  };
  return {
    of(usual, tenant) {
      const found = scopeOf(serving.ctx, tenant);
      return found instanceof Promise ? found.then((ctx) => ownOf(usual, ctx)) : ownOf(usual, found);
    },
  };
}

/** Compiles the checks of a route. */
export function readyRoute(route: Route): ReadyRoute {
  const { method, body, bodyCheck, isOpenQuery, query } = route;
  const takesNoBody = method === 'GET' || method === 'DELETE';
  return {
    route,
    checkQuery: isOpenQuery === true ? (value) => value : compileQuery(query ?? {}),
    checkBody: takesNoBody
      ? () => undefined
      : bodyCheck === 'engine'
        ? (value) => value
        : compileBody(body ?? NO_FIELDS),
  };
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}
