/** A kind of object that has permissions. */
export interface PermissionType {
  /** As `object_type` names it. */
  type: string;
  /** Lowest first. */
  levels: string[];
  /** What messages call an object that must have exactly one owner in every list. */
  mustOwn?: string;
}

const READ = ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'];
const VIEW = ['CAN_VIEW', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE'];

/** Object types by path. Source: the SDKs' enums, and permission_definitions.go of the Terraform provider. */
export const TYPES: Record<string, PermissionType> = {
  jobs: { type: 'job', levels: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'IS_OWNER', 'CAN_MANAGE'], mustOwn: 'job' },
  pipelines: { type: 'pipelines', levels: ['CAN_VIEW', 'CAN_RUN', 'IS_OWNER', 'CAN_MANAGE'], mustOwn: 'pipeline' },
  clusters: { type: 'cluster', levels: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'] },
  'cluster-policies': { type: 'cluster-policy', levels: ['CAN_USE'] },
  'instance-pools': { type: 'instance-pool', levels: ['CAN_ATTACH_TO', 'CAN_MANAGE'] },
  'sql/warehouses': { type: 'warehouses', levels: ['CAN_VIEW', 'CAN_MONITOR', 'CAN_USE', 'IS_OWNER', 'CAN_MANAGE'] },
  warehouses: { type: 'warehouses', levels: ['CAN_VIEW', 'CAN_MONITOR', 'CAN_USE', 'IS_OWNER', 'CAN_MANAGE'] },
  'sql/queries': { type: 'query', levels: VIEW },
  'sql/alerts': { type: 'alert', levels: VIEW },
  'sql/dashboards': { type: 'dashboard', levels: VIEW },
  alertsv2: { type: 'alertv2', levels: VIEW },
  dashboards: { type: 'dashboard', levels: READ },
  notebooks: { type: 'notebook', levels: READ },
  directories: { type: 'directory', levels: READ },
  files: { type: 'file', levels: READ },
  repos: { type: 'repo', levels: READ },
  experiments: { type: 'mlflowExperiment', levels: ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE'] },
  'registered-models': {
    type: 'registered-model',
    levels: ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE_STAGING_VERSIONS', 'CAN_MANAGE_PRODUCTION_VERSIONS', 'CAN_MANAGE'],
  },
  'serving-endpoints': { type: 'serving-endpoint', levels: ['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'] },
  'vector-search-endpoints': { type: 'vector-search-endpoints', levels: ['CAN_USE', 'CAN_MANAGE'] },
  apps: { type: 'apps', levels: ['CAN_USE', 'CAN_MANAGE'] },
  genie: { type: 'genie', levels: VIEW },
  'authorization/tokens': { type: 'tokens', levels: ['CAN_USE'] },
  'authorization/passwords': { type: 'passwords', levels: ['CAN_USE'] },
};
