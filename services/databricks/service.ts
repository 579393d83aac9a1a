import { advanceHttpRequest } from '../../actions/http-request.ts';
import type { Service } from '../../connector/service.ts';
import { listing } from '../../triggers/listing.ts';
import { positionWarnings } from '../../triggers/table/input-check.ts';
import { tableReader } from '../../triggers/table/table.ts';
import { checkAccount, checkLoginAddress, readLogin } from './account.ts';
import {
  advanceConnectWorkspace,
  advanceListWorkspaces,
  findWorkspace,
  LIST_WORKSPACES,
  notOfAnAccount,
  toWorkspaces,
} from './actions/account-workspaces.ts';
import { advanceBrowse, advanceListOperations } from './actions/browse.ts';
import { advanceListClusters } from './actions/clusters.ts';
import { advanceCopyInto } from './actions/copy-into.ts';
import { effectOf, unknownHint } from './actions/effect.ts';
import { advanceEndedRuns } from './actions/ended-runs.ts';
import { explainJobRun } from './actions/explain.ts';
import { failureDetails } from './actions/failure-details.ts';
import { advanceGenie, cancelGenie } from './actions/genie.ts';
import { advanceImport } from './actions/import-workspace.ts';
import { lookInHistory } from './actions/look-in-history.ts';
import { withPlainName } from './actions/plain-name.ts';
import { advanceRepairRun, cancelRepairRun } from './actions/repair-run.ts';
import { downloadRows, fewRows } from './actions/result.ts';
import { cancelStatement } from './actions/statement-runner.ts';
import { undone } from './actions/undone.ts';
import { advanceDownload, advanceUpload } from './actions/volume-files.ts';
import { workspaceExport } from './actions/workspace-export.ts';
import { advanceInsertRows, advanceUpsertRows } from './actions/write-rows.ts';
import { isToken, workspaceOf } from './address.ts';
import { registrationCommand } from './app-registration.ts';
import { permissionProbes } from './permission-probes.ts';
import { profileImport } from './profile-import.ts';
import { readError } from './read-error.ts';
import { changeFeed } from './readers/change-feed.ts';
import { condition } from './readers/condition.ts';
import { sparkSql } from './readers/dialect.ts';
import { inputErrors, withTableName } from './readers/input-check.ts';
import { jobRuns } from './readers/job-runs.ts';
import { throughLinks } from './readers/page-size.ts';
import { explainRedirect } from './redirect.ts';
import { isTokenRejected } from './rejected-token.ts';
import { isThrottledText, isTransientText } from './transient.ts';

/** What of Databricks its manifests cannot say. */
export const databricks: Service = Object.freeze({
  actions: {
    'databricks.ask_genie': { advance: advanceGenie, cancel: cancelGenie },
    'databricks.browse_catalog': { advance: advanceBrowse },
    'databricks.connect_workspace': { advance: advanceConnectWorkspace },
    'databricks.copy_into': { advance: advanceCopyInto, cancel: cancelStatement },
    'databricks.download_file': { advance: advanceDownload },
    'databricks.http_request': { advance: advanceHttpRequest },
    'databricks.import_workspace': { advance: advanceImport },
    'databricks.insert_rows': { advance: advanceInsertRows, cancel: cancelStatement, takes: 'rows' },
    'databricks.list_clusters': { advance: advanceListClusters },
    'databricks.list_ended_runs': { advance: advanceEndedRuns },
    'databricks.list_operations': { advance: advanceListOperations },
    'databricks.list_workspaces': { advance: advanceListWorkspaces },
    'databricks.repair_run': { advance: advanceRepairRun, cancel: cancelRepairRun },
    'databricks.upload_file': { advance: advanceUpload },
    'databricks.upsert_rows': { advance: advanceUpsertRows, cancel: cancelStatement, takes: 'rows' },
  },
  readError,
  isTokenRejected,
  isTransient: isTransientText,
  isThrottled: isThrottledText,
  explainRedirect,
  isSecretHost: isToken,
  readLogin,
  workspaceOf,
  checkLoginAddress,
  checkAccount,
  permissionProbes,
  registrationCommand,
  importProfile: profileImport,
  workspaces: {
    host: 'https://accounts.cloud.databricks.com',
    request: LIST_WORKSPACES,
    read: toWorkspaces,
    find: findWorkspace,
    refuse: (fields, name) => (fields.account_id === undefined ? notOfAnAccount(name) : undefined),
  },
  requiredRoles: { 'databricks.connect_workspace': 'builder' },
  shapes: { workspace_export: workspaceExport },
  failureDetails,
  undone,
  explains: {
    'databricks.repair_run': explainJobRun,
    'databricks.run_job': explainJobRun,
    'databricks.submit_run': explainJobRun,
  },
  chunks: { inputs: ['accept_truncated'], few: fewRows, download: downloadRows },
  prepareInput: withPlainName,
  effectOf,
  unknownHint,
  findLostLaunch: lookInHistory,
  readers: {
    table: tableReader(sparkSql),
    listing: (...of) => throughLinks(listing(of[0], of[1])),
    change_feed: changeFeed,
    condition: (...of) => throughLinks(condition(of[0], of[1])),
    job_runs: jobRuns,
  },
  normalizeTriggerInput: withTableName,
  triggerInputErrors: inputErrors,
  triggerWarnings: positionWarnings,
} satisfies Service);
