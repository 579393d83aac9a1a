import { randomUUID } from 'node:crypto';
import { ApiError, invalid, invalidState } from './errors.ts';
import { createCounter, listAnswer, requireObject, route } from './objects.ts';
import type { Route } from './router.ts';
import { hexId, type Workspace } from './workspace.ts';

interface Deployment {
  deployment_id: string;
  source_code_path?: string;
  mode: string;
  create_time: string;
  creator: string;
  readyAt: number;
  [other: string]: unknown;
}

interface App {
  name: string;
  target: 'ACTIVE' | 'STOPPED';
  readyAt: number;
  deployments: Deployment[];
  [other: string]: unknown;
}

const PATH = '/api/2.0/apps';

/** Databricks Apps with their compute and deployments; no app is served. */
export function appRoutes(workspace: Workspace): { routes: Route[]; has(name: string): boolean } {
  const all = workspace.store.collection<App>('apps');
  const nextId = createCounter(workspace.store, 'app_principals', 8_000_000_000_000_001);
  const time = () => new Date(workspace.now()).toISOString();
  const find = (name: unknown) => requireObject(all, name, `App with name ${name} does not exist or is deleted.`);
  const deploymentOf = ({ readyAt, ...deployment }: Deployment) => {
    const done = workspace.now() >= readyAt;
    const status = {
      state: done ? 'SUCCEEDED' : 'IN_PROGRESS',
      message: done ? 'App started successfully' : 'Preparing source code',
    };
    return { ...deployment, update_time: deployment.create_time, status };
  };
  const describe = ({ target, readyAt, deployments, ...app }: App) => {
    const arrived = workspace.now() >= readyAt;
    const compute = arrived ? target : target === 'ACTIVE' ? 'STARTING' : 'STOPPING';
    const last = deployments.at(-1);
    const active = last !== undefined && workspace.now() >= last.readyAt;
    const running = compute === 'ACTIVE' && active;
    return {
      ...app,
      compute_status: { state: compute, message: `App compute is ${compute.toLowerCase()}.` },
      app_status: {
        state: running ? 'RUNNING' : 'UNAVAILABLE',
        message: running ? 'App is running' : 'App status is unavailable.',
      },
      ...(last === undefined ? {} : { [active ? 'active_deployment' : 'pending_deployment']: deploymentOf(last) }),
    };
  };
  const head = (app: App, target: App['target']) =>
    all.put(app.name, { ...app, target, readyAt: workspace.now() + workspace.transitionMs });

  const routes = [
    route('POST', PATH, ({ body, query, identity }) => {
      const name = String(body.name);
      if (!/^[a-z0-9-]{2,30}$/.test(name))
        throw invalid(`App name '${name}' must have 2 to 30 lowercase letters, digits and hyphens.`);
      if (all.has(name))
        throw new ApiError(409, 'RESOURCE_ALREADY_EXISTS', `An app with the same name already exists: ${name}`);
      const made = { create_time: time(), creator: identity.userName, update_time: time(), updater: identity.userName };
      const principal = {
        service_principal_id: nextId(),
        service_principal_client_id: randomUUID(),
        service_principal_name: `app-${hexId(6)} ${name}`,
      };
      const app = {
        description: '',
        ...body,
        name,
        id: randomUUID(),
        ...made,
        ...principal,
        url: `${workspace.url()}/apps/${name}`,
        deployments: [],
      };
      return {
        json: describe(
          head({ ...app, target: 'STOPPED', readyAt: 0 }, query.no_compute === true ? 'STOPPED' : 'ACTIVE'),
        ),
      };
    }),
    route('GET', PATH, ({ query }) => listAnswer('apps', all.values().map(describe), query, { list: 'apps' })),
    route('GET', `${PATH}/{name}`, ({ params }) => ({ json: describe(find(params.name)) })),
    route('PATCH', `${PATH}/{name}`, ({ params, body, identity }) => {
      const old = find(params.name);
      return {
        json: describe(
          all.put(old.name, { ...old, ...body, name: old.name, update_time: time(), updater: identity.userName }),
        ),
      };
    }),
    route('DELETE', `${PATH}/{name}`, ({ params }) => {
      const app = find(params.name);
      all.delete(app.name);
      return { json: { ...describe(app), compute_status: { state: 'DELETING', message: 'App compute is deleting.' } } };
    }),
    route('POST', `${PATH}/{name}/start`, ({ params }) => {
      const app = find(params.name);
      if (app.target === 'ACTIVE') throw invalidState(`App ${app.name} is already active.`);
      return { json: describe(head(app, 'ACTIVE')) };
    }),
    route('POST', `${PATH}/{name}/stop`, ({ params }) => {
      const app = find(params.name);
      return { json: describe(app.target === 'STOPPED' ? app : head(app, 'STOPPED')) };
    }),
    route('POST', `${PATH}/{app_name}/deployments`, ({ params, body, identity }) => {
      const app = find(params.app_name);
      if (app.target !== 'ACTIVE') throw invalidState(`App ${app.name} is not active: start it first.`);
      if (app.deployments.some((item) => workspace.now() < item.readyAt))
        throw new ApiError(409, 'RESOURCE_CONFLICT', `App ${app.name} has a deployment in progress.`);
      const deployment: Deployment = {
        mode: 'SNAPSHOT',
        ...body,
        deployment_id: `01f0${hexId(28)}`,
        create_time: time(),
        creator: identity.userName,
        readyAt: workspace.now() + workspace.transitionMs,
      };
      all.put(app.name, { ...app, deployments: [...app.deployments, deployment] });
      return { json: deploymentOf(deployment) };
    }),
    route('GET', `${PATH}/{app_name}/deployments`, ({ params, query }) => {
      const app = find(params.app_name);
      const deployments = app.deployments.map(deploymentOf).reverse();
      return listAnswer('app_deployments', deployments, query, { list: `deployments ${app.name}` });
    }),
    route('GET', `${PATH}/{app_name}/deployments/{deployment_id}`, ({ params }) => {
      const found = find(params.app_name).deployments.find((item) => item.deployment_id === params.deployment_id);
      if (found === undefined)
        throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Deployment ${params.deployment_id} does not exist.`);
      return { json: deploymentOf(found) };
    }),
  ];
  return { routes, has: (name) => all.has(name) };
}
