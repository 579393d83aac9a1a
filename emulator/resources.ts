import { join } from 'node:path';
import type { Access } from './access.ts';
import { accountRoutes } from './accounts.ts';
import { clusterRoutes } from './clusters/clusters.ts';
import { controlRoutes } from './control.ts';
import { createDelta } from './delta/delta.ts';
import type { Faults } from './faults.ts';
import { fileRoutes } from './files.ts';
import { genieRoutes } from './genie.ts';
import { historyRoutes } from './history.ts';
import { createJobs } from './jobs/jobs.ts';
import type { Task } from './jobs/records.ts';
import type { OAuthClient } from './oauth/clients.ts';
import type { GrantOptions } from './oauth/grants.ts';
import { createOAuth } from './oauth/oauth.ts';
import { permissionRoutes } from './permissions.ts';
import { createQueries } from './queries.ts';
import type { RequestLog } from './request-log.ts';
import { openSpool } from './results/spool.ts';
import { createRouter, type Router } from './router.ts';
import { loadSamples } from './samples.ts';
import { createScim } from './scim/scim.ts';
import { hasServingEndpoint, servingRoutes } from './serving.ts';
import { createStatementEngine } from './statements/engine.ts';
import { statementRoutes } from './statements/routes.ts';
import type { Identity } from './tokens.ts';
import { catalogRoutes } from './unity/catalogs.ts';
import { openUnity } from './unity/registry.ts';
import { schemaRoutes } from './unity/schemas.ts';
import { tableRoutes } from './unity/tables.ts';
import { createVolumeFiles } from './unity/volume-files.ts';
import { volumeRoutes } from './unity/volumes.ts';
import { createWarehouses } from './warehouses.ts';
import type { Workspace } from './workspace.ts';
import { workspaceRoutes } from './workspace-objects/routes.ts';
import { createTree } from './workspace-objects/tree.ts';

/** What the resources are set up with. */
export interface ResourceOptions {
  token: string;
  principal: { id: string; secret: string };
  apps: OAuthClient[];
  grants: GrantOptions;
  samples: { size: 'none' | 'small' | 'all'; rows: number | undefined };
  chunkBytes: number;
  faults: Faults;
  requests: RequestLog;
  access: Access;
}

/** Everything that answers requests. */
export interface Resources {
  router: Router;
  authenticate(header: string | undefined): Identity;
  /** The first warehouse. */
  warehouseId: string;
  close(): Promise<void>;
}

/** Opens every resource of a workspace, in the order in which they need each other, and takes up interrupted runs. */
export async function openResources(workspace: Workspace, options: ResourceOptions): Promise<Resources> {
  const { access } = options;
  const { folder, store } = workspace;
  const unity = await openUnity(workspace);
  if (!unity.catalogs.has('main'))
    await unity.createCatalog('main', workspace.admin.userName, { comment: 'Main catalog' });
  await loadSamples(workspace, unity, options.samples);
  const delta = createDelta(workspace, unity);
  const files = createVolumeFiles(folder, unity);

  const principal: Identity = { kind: 'service_principal', id: '2000000000000001', userName: options.principal.id };
  const scim = createScim(workspace, principal);
  const clients = [{ ...options.principal, identity: principal }, ...options.apps];
  const oauth = createOAuth(workspace, {
    token: options.token,
    clients,
    grants: options.grants,
    identity: scim.identity,
    users: scim.users,
  });

  const warehouses = createWarehouses(workspace, access);
  const spool = openSpool(join(folder, 'results'));
  const statements = createStatementEngine(workspace, {
    warehouses,
    spool,
    chunkBytes: options.chunkBytes,
    sql: { unity, delta, files, access },
  });
  const tree = createTree(workspace);
  const queries = createQueries(store, workspace.now);
  const queryText = ({ sql_task }: Task) => {
    if (sql_task?.query !== undefined) return queries.textOf(sql_task.query.query_id);
    const entry = sql_task?.file === undefined ? undefined : tree.get(sql_task.file.path);
    return entry === undefined || entry.object_type === 'DIRECTORY' ? undefined : tree.read(entry).toString();
  };
  const jobs = createJobs(workspace, access, { sql: statements.runToEnd, queryText });

  const hasObject = (type: string, id: string): boolean => {
    const kinds: Record<string, boolean> = {
      jobs: jobs.has(id),
      clusters: store.collection('clusters').has(id),
      'sql/warehouses': warehouses.has(id),
      'serving-endpoints': hasServingEndpoint(id),
      notebooks: tree.byId(id)?.object_type === 'NOTEBOOK',
      directories: tree.byId(id)?.object_type === 'DIRECTORY',
      files: tree.byId(id)?.object_type === 'FILE',
    };
    return kinds[type] ?? true;
  };

  const router = createRouter();
  router.add([
    ...controlRoutes(options.faults, options.requests, access),
    ...oauth.routes,
    ...scim.routes,
    ...warehouses.routes,
    ...statementRoutes(workspace, statements),
    ...historyRoutes(statements),
    ...queries.routes,
    ...jobs.routes,
    ...catalogRoutes(workspace, unity, access),
    ...schemaRoutes(workspace, unity, access),
    ...tableRoutes(workspace, unity, access, delta.drop),
    ...volumeRoutes(workspace, unity, access, files),
    ...fileRoutes(files, access),
    ...clusterRoutes(workspace, access),
    ...workspaceRoutes(tree, access),
    ...permissionRoutes(store, { hasObject, hasPrincipal: scim.hasPrincipal }),
    ...servingRoutes(workspace),
    ...genieRoutes(workspace, statements, unity, warehouses.firstId),
    ...accountRoutes(workspace),
  ]);
  jobs.resume();
  return {
    router,
    authenticate: oauth.authenticate,
    warehouseId: warehouses.firstId(),
    async close() {
      await Promise.all(statements.all().map((statement) => statement.ended));
      spool.close();
    },
  };
}
