import type { JsonObject } from '../../connector/manifest.ts';

/** Where the choices of a field come from. */
function choices(action: string, items: string, value: string, more: JsonObject = {}): JsonObject {
  return { action: `databricks.${action}`, ...more, items, value };
}

export const WAREHOUSE = choices('query_warehouses', 'warehouses', 'id', { label: 'name' });
export const CLUSTER = choices('query_clusters', 'clusters', 'cluster_id', { label: 'cluster_name' });
export const JOB = choices('query_jobs', 'jobs', 'job_id', { label: 'settings.name' });
export const CATALOG = choices('query_catalogs', 'catalogs', 'name');
export const USER = choices('list_users', 'Resources', 'id', { label: 'userName' });
export const USER_NAME = choices('list_users', 'Resources', 'userName', { label: 'displayName' });
export const GROUP = choices('list_groups', 'Resources', 'id', { label: 'displayName' });
export const GROUP_NAME = choices('list_groups', 'Resources', 'displayName');
export const SERVICE_PRINCIPAL = choices('list_service_principals', 'Resources', 'applicationId', {
  label: 'displayName',
});
export const NODE_TYPE = choices('list_node_types', 'node_types', 'node_type_id', { label: 'description' });
export const SPARK_VERSION = choices('list_spark_versions', 'versions', 'key', { label: 'name' });
export const CLUSTER_POLICY = choices('list_cluster_policies', 'policies', 'policy_id', { label: 'name' });
export const INSTANCE_POOL = choices('list_instance_pools', 'instance_pools', 'instance_pool_id', {
  label: 'instance_pool_name',
});
export const INSTANCE_PROFILE = choices('list_instance_profiles', 'instance_profiles', 'instance_profile_arn');
export const SERVING_ENDPOINT = choices('list_serving_endpoints', 'endpoints', 'name');
export const GENIE_SPACE = choices('list_genie_spaces', 'spaces', 'space_id', { label: 'title' });
export const RUN = choices('list_runs', 'runs', 'run_id', { label: 'run_name' });
export const ACTIVE_RUN = choices('list_runs', 'runs', 'run_id', { label: 'run_name', input: { active_only: true } });
/** Workspace objects; what is typed is the directory to look in. */
export const OBJECT = choices('list_workspace', 'objects', 'path', { input: { path: '/' }, search: 'path' });
export const DIRECTORY = { ...OBJECT, where: { object_type: ['DIRECTORY', 'REPO'] } };
export const NOTEBOOK = { ...OBJECT, where: { object_type: ['NOTEBOOK', 'DIRECTORY', 'REPO'] } };

/** Schemas of the catalog that another field names. */
export function schemaIn(catalog: string, value = 'name'): JsonObject {
  return choices('query_schemas', 'schemas', value, { input: { catalog_name: `$input.${catalog}` }, label: 'name' });
}

/** Three-level names, browsed from the top: what is typed is the catalog or schema to look in. */
export function browse(kind: 'schema' | 'table' | 'volume'): JsonObject {
  return choices('browse_catalog', 'objects', 'full_name', { input: { kind }, search: 'parent' });
}
