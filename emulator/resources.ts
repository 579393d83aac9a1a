import { join } from 'node:path';
import type { Access } from './access.ts';
import { accountRoutes } from './accounts.ts';
import { destinationRoutes } from './administration/destinations.ts';
import { gitCredentialRoutes } from './administration/git-credentials.ts';
import { ipAccessListRoutes } from './administration/ip-access-lists.ts';
import { repoRoutes } from './administration/repos.ts';
import { secretRoutes } from './administration/secrets.ts';
import { settingRoutes } from './administration/settings.ts';
import { workspaceConfRoutes } from './administration/workspace-conf.ts';
import { alertRoutes } from './analytics/alerts.ts';
import { lakeviewRoutes } from './analytics/lakeview.ts';
import { legacySqlRoutes } from './analytics/legacy.ts';
import { createQueries } from './analytics/queries.ts';
import { appRoutes } from './apps.ts';
import { createClusters } from './clusters/clusters.ts';
import { commandRoutes } from './clusters/commands.ts';
import { complianceRoutes } from './clusters/compliance.ts';
import { initScriptRoutes } from './clusters/init-scripts.ts';
import { instanceProfileRoutes } from './clusters/instance-profiles.ts';
import { libraryRoutes } from './clusters/libraries.ts';
import { createPolicies } from './clusters/policies.ts';
import { createPools } from './clusters/pools.ts';
import { controlRoutes } from './control.ts';
import { dbfsRoutes } from './dbfs.ts';
import { createDelta } from './delta/delta.ts';
import type { Faults } from './faults.ts';
import { fileRoutes } from './files.ts';
import { genieRoutes } from './genie.ts';
import { historyRoutes } from './history.ts';
import { createJobs } from './jobs/jobs.ts';
import type { Task } from './jobs/records.ts';
import { grantLookups, permissionLookups } from './lookups.ts';
import { createExperiments } from './ml/experiments.ts';
import { createModelRegistry } from './ml/registry.ts';
import { mlRunRoutes } from './ml/runs.ts';
import type { OAuthClient } from './oauth/clients.ts';
import type { GrantOptions } from './oauth/grants.ts';
import { createOAuth } from './oauth/oauth.ts';
import { createPermissions } from './permissions.ts';
import { createPipelines } from './pipelines.ts';
import type { RequestLog } from './request-log.ts';
import { openSpool } from './results/spool.ts';
import { createRouter, type Router } from './router.ts';
import { loadSamples } from './samples.ts';
import { createScim } from './scim/scim.ts';
import { createServing } from './serving.ts';
import { sharingRoutes } from './sharing.ts';
import { rowsOf } from './statements/answers.ts';
import { createStatementEngine } from './statements/engine.ts';
import { statementRoutes } from './statements/routes.ts';
import type { Identity } from './tokens.ts';
import { bindingRoutes } from './unity/bindings.ts';
import { catalogRoutes } from './unity/catalogs.ts';
import { constraintRoutes } from './unity/constraints.ts';
import { functionRoutes } from './unity/functions.ts';
import { grantRoutes } from './unity/grants.ts';
import { metastoreRoutes } from './unity/metastores.ts';
import { modelRoutes } from './unity/models.ts';
import { openUnity } from './unity/registry.ts';
import { schemaRoutes } from './unity/schemas.ts';
import { SECURABLE_KINDS } from './unity/securable-kinds.ts';
import { openSecurables } from './unity/securables.ts';
import { tableRoutes } from './unity/tables.ts';
import { tagRoutes } from './unity/tags.ts';
import { createVolumeFiles } from './unity/volume-files.ts';
import { volumeRoutes } from './unity/volumes.ts';
import { vectorSearchRoutes } from './vector-search.ts';
import { warehouseConfigRoutes } from './warehouse-config.ts';
import { createWarehouses } from './warehouses.ts';
import type { Workspace } from './workspace.ts';
import { workspaceRoutes } from './workspace-objects/routes.ts';
import { createTree, isFolder, plainPath } from './workspace-objects/tree.ts';

/** Rows that a SQL command of a cluster shows, as a notebook does. */
const MAX_COMMAND_ROWS = 10_000;

/** What the resources are set up with. */
export interface ResourceOptions {
  token: string;
  principal: { id: string; secret: string };
  apps: OAuthClient[];
  grants: GrantOptions;
  samples: { size: 'none' | 'small' | 'all'; rows: number | undefined };
  chunkBytes: number;
  inlineBytes: number;
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

/** Opens every resource of a workspace, in the order in which they need each other, and resumes interrupted runs. */
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
    principalOf: scim.principalOf,
  });

  const warehouses = createWarehouses(workspace, access);
  const spool = openSpool(join(folder, 'results'));
  const statements = createStatementEngine(workspace, {
    warehouses,
    spool,
    chunkBytes: options.chunkBytes,
    inlineBytes: options.inlineBytes,
    sql: { unity, delta, files, access },
  });
  const tree = createTree(workspace);
  const queries = createQueries(workspace);
  const queryText = ({ sql_task }: Task) => {
    if (sql_task?.query !== undefined) return queries.textOf(sql_task.query.query_id);
    const entry = sql_task?.file === undefined ? undefined : tree.get(plainPath(sql_task.file.path));
    return entry === undefined || isFolder(entry) ? undefined : tree.read(entry).toString();
  };
  const jobs = createJobs(workspace, access, { sql: statements.runToEnd, queryText });

  const policies = createPolicies(workspace);
  const pools = createPools(workspace);
  const clusters = createClusters(workspace, access, { policies, pools });
  const pipelines = createPipelines(workspace);
  const experiments = createExperiments(workspace);
  const vectorSearch = vectorSearchRoutes(workspace);
  const registry = createModelRegistry(workspace);
  const apps = appRoutes(workspace);
  const serving = createServing(workspace);
  const securables = openSecurables(workspace, SECURABLE_KINDS);
  const treeKind = (type: string) => ({ has: (id: string) => tree.byId(id)?.object_type === type });
  const permissions = createPermissions(
    store,
    permissionLookups(
      {
        jobs,
        pipelines,
        clusters,
        'cluster-policies': policies,
        'instance-pools': pools,
        'sql/warehouses': warehouses,
        warehouses,
        'sql/queries': queries,
        experiments,
        'registered-models': registry,
        apps,
        'vector-search-endpoints': { has: vectorSearch.hasEndpoint },
        'serving-endpoints': serving,
        notebooks: treeKind('NOTEBOOK'),
        directories: treeKind('DIRECTORY'),
        files: treeKind('FILE'),
        repos: treeKind('REPO'),
        authorization: { has: (id) => id === 'tokens' || id === 'passwords' },
      },
      scim.hasPrincipal,
    ),
  );
  const commandSql = async (text: string, signal: AbortSignal) => {
    const request = { statement: text, warehouse_id: warehouses.firstId() };
    const done = await statements.runToEnd(request, workspace.admin, signal);
    if (done.error !== undefined) return { error: done.error.message };
    return { columns: done.result?.columns ?? [], rows: await rowsOf(done, MAX_COMMAND_ROWS) };
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
    ...fileRoutes(workspace, files, access),
    ...dbfsRoutes(workspace, files),
    ...securables.routes,
    ...metastoreRoutes(workspace),
    ...functionRoutes(workspace, unity),
    ...modelRoutes(workspace, unity),
    ...constraintRoutes(workspace, unity),
    ...bindingRoutes(workspace, unity, (type, name) => securables.get(type, name) !== undefined),
    ...grantRoutes(
      workspace,
      grantLookups(workspace, unity, { securable: securables.get, principals: scim, admin: workspace.admin }),
    ),
    ...clusters.routes,
    ...policies.routes,
    ...pools.routes,
    ...instanceProfileRoutes(store),
    ...initScriptRoutes(workspace),
    ...libraryRoutes(store, clusters),
    ...commandRoutes(clusters, commandSql),
    ...workspaceRoutes(tree, access),
    ...permissions.routes,
    ...warehouseConfigRoutes(store, warehouses.list),
    ...alertRoutes(workspace, queries),
    ...lakeviewRoutes(workspace),
    ...legacySqlRoutes(workspace, queries),
    ...registry.routes,
    ...pipelines.routes,
    ...experiments.routes,
    ...mlRunRoutes(workspace, experiments),
    ...vectorSearch.routes,
    ...apps.routes,
    ...sharingRoutes(workspace),
    ...tagRoutes(workspace),
    ...complianceRoutes({ policies, clusters: clusters.specs, jobs: jobs.newClusters }),
    ...settingRoutes(workspace),
    ...secretRoutes(workspace),
    ...repoRoutes(workspace, tree),
    ...gitCredentialRoutes(store),
    ...workspaceConfRoutes(store),
    ...ipAccessListRoutes(workspace),
    ...destinationRoutes(store),
    ...serving.routes,
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
