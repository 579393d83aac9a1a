import type { Context } from '../../engine/context.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { startTestApi, type TestApi } from './client.ts';

/** The API beside a worker in one process, as `penstock serve`, on the same Redis keys, with the emulator linked as `demo`. */
export async function openApiWorkspace(
  given: Parameters<typeof openWorkspace>[0] & { log?: Context['log'] } = {},
): Promise<TestApi & { workspace: Workspace }> {
  const workspace = await openWorkspace(given);
  const { config, artifacts, manifests, meters, clock } = workspace.ctx;
  const api = await startTestApi({
    prefix: config.prefix,
    env: { PENSTOCK_ALLOWED_HOSTS: config.allowedHosts.join(',') },
    context: { artifacts, manifests, meters, clock, ...(given.log && { log: given.log }) },
  });
  return { ...api, workspace };
}

/** A statement that takes so many seconds at the emulator. */
export function sleepStatement(workspace: Workspace, seconds: number) {
  return {
    action: 'databricks.execute_statement',
    linked_account: 'demo',
    input: { warehouse_id: workspace.emulator.warehouseId, statement: `SELECT emulator_sleep(${seconds})` },
  };
}
