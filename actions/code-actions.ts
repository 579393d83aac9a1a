import type { CodeAction } from '../connector/code-names.ts';
import type { Action } from '../connector/manifest.ts';
import { advanceConnectWorkspace, advanceListWorkspaces } from './account-workspaces.ts';
import { advanceBrowse, advanceListOperations } from './browse.ts';
import type { ActionCall, ActionState, Io, Step } from './call.ts';
import { advanceListClusters } from './clusters.ts';
import { advanceCopyInto } from './copy-into.ts';
import { advanceEndedRuns } from './ended-runs.ts';
import { advanceFile } from './file.ts';
import { advanceGenie, cancelGenie } from './genie.ts';
import { advanceHttpRequest } from './http-request.ts';
import { advanceImport } from './import-workspace.ts';
import { advanceRepairRun, cancelRepairRun } from './repair-run.ts';
import { cancelStatement } from './statement-runner.ts';
import {
  advanceApprove,
  advanceDelay,
  advanceFail,
  advanceListEvents,
  advanceRunWorkflow,
  advanceTransform,
} from './steps.ts';
import { advanceDownload, advanceUpload } from './volume-files.ts';
import { advanceWebhook } from './webhook.ts';
import { advanceInsertRows, advanceUpsertRows } from './write-rows.ts';

/** An action whose manifest has no request. */
export interface CodeActionFunctions {
  advance(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step>;
  /** What it takes in parts, whatever its size: the rows of its input, or the text of the whole. */
  takes?: 'rows' | 'text';
  /** Left out when nothing remote can continue after the run. */
  cancel?(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step | 'nothing_to_cancel'>;
}

const CODE: Record<CodeAction, CodeActionFunctions> = {
  'core.approve': { advance: advanceApprove },
  'core.delay': { advance: advanceDelay },
  'core.fail': { advance: advanceFail },
  'core.file': { advance: advanceFile, takes: 'rows' },
  'core.list_events': { advance: advanceListEvents },
  'core.run_workflow': { advance: advanceRunWorkflow },
  'core.transform': { advance: advanceTransform, takes: 'text' },
  'core.webhook': { advance: advanceWebhook, takes: 'rows' },
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
};

/** The functions of an action that is code, `undefined` for one that is described by its manifest alone. */
export function codeAction(id: string): CodeActionFunctions | undefined {
  return Object.hasOwn(CODE, id) ? CODE[id as CodeAction] : undefined;
}
