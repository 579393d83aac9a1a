/**
 * The names by which a manifest may call for code. The functions themselves are in actions/, in records keyed by these
 * types, so that a name without a function, or a function without a name, does not compile.
 */

/** Pure functions that a manifest's `shape` may name: they turn the result into the output. */
export const SHAPES = ['workspace_export'] as const;
export type ShapeName = (typeof SHAPES)[number];

/** Functions that `await.explain` may name: they ask for the real cause of a failure. */
export const EXPLAINS = ['job_run_failure'] as const;
export type ExplainName = (typeof EXPLAINS)[number];

/** Ways in which a trigger's `reader` detects new records; functions in triggers/. */
export const READERS = ['rows', 'table', 'listing', 'change_feed', 'condition', 'job_runs'] as const;
export type ReaderName = (typeof READERS)[number];

/** Actions that are two functions in actions/ instead of a request: their manifests have no `request`. */
export const CODE_ACTIONS = [
  'core.approve',
  'core.delay',
  'core.fail',
  'core.file',
  'core.list_events',
  'core.run_workflow',
  'core.transform',
  'core.webhook',
  'databricks.ask_genie',
  'databricks.browse_catalog',
  'databricks.connect_workspace',
  'databricks.copy_into',
  'databricks.download_file',
  'databricks.http_request',
  'databricks.import_workspace',
  'databricks.insert_rows',
  'databricks.list_clusters',
  'databricks.list_ended_runs',
  'databricks.list_operations',
  'databricks.list_workspaces',
  'databricks.repair_run',
  'databricks.upload_file',
  'databricks.upsert_rows',
] as const;
export type CodeAction = (typeof CODE_ACTIONS)[number];
