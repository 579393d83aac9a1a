import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCursor } from '../../engine/cursors/cursors.ts';
import type { Workflow } from '../../engine/workflows/workflow-record.ts';
import { createWorkflow } from '../../engine/workflows/workflows.ts';
import { until } from '../context.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { runSql } from './run-sql.ts';

/** A workspace with a table `main.default.events` and what a sync of it needs. */
export interface SyncSetting extends Workspace {
  /** Runs SQL on the emulator's warehouse. */
  sql(statement: string): Promise<void>;
  /** Makes a workflow whose trigger syncs the table and whose step appends each page to `out.ndjson`. */
  sync(input?: Record<string, unknown>, workflow?: Record<string, unknown>): Promise<Workflow>;
  /** Makes a workflow whose step posts each page to an endpoint. */
  post(
    url: string,
    input?: Record<string, unknown>,
    more?: { step?: Record<string, unknown>; trigger?: Record<string, unknown> },
  ): Promise<Workflow>;
  /** The events in `out.ndjson`, in the order they were delivered. */
  delivered(): Promise<{ id: string; data: Record<string, unknown> }[]>;
  /** Waits until the cursor has moved past everything, and nothing is in flight. */
  caughtUp(workflow: Workflow, events: number): Promise<void>;
}

/** Opens a workspace for syncs. */
export async function openSync(given: Parameters<typeof openWorkspace>[0] = {}): Promise<SyncSetting> {
  const workspace = await openWorkspace(given);
  const { ctx, account, emulator } = workspace;
  const trigger = (input: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    id: 'databricks.incremental_sync',
    linked_account: account,
    input: {
      table: 'main.default.events',
      cursor_column: 'at',
      cursor_type: 'TIMESTAMP',
      key_column: 'id',
      key_type: 'BIGINT',
      page_size: 10,
      ...input,
    },
    schedule: { every_seconds: 1 },
    ...more,
  });
  return {
    ...workspace,
    sql: (statement) => runSql(emulator, statement),
    sync: (input = {}, workflow = {}) =>
      createWorkflow(ctx, 'default', {
        name: 'sync',
        trigger: trigger(input),
        steps: [{ id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows: '{{ trigger.events }}' } }],
        ...workflow,
      }),
    post: (url, input = {}, more = {}) =>
      createWorkflow(ctx, 'default', {
        name: 'post',
        trigger: trigger(input, more.trigger),
        steps: [
          {
            id: 'post',
            action: 'core.webhook',
            input: { url, rows: '{{ trigger.events }}', timeout_seconds: 1 },
            ...more.step,
          },
        ],
      }),
    async delivered() {
      const path = join(ctx.config.dataFolder, 'files', 'default', 'out.ndjson');
      const text = await readFile(path, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    async caughtUp(workflow, events) {
      await until(`${events} events were delivered`, async () => {
        const cursor = await readCursor(ctx, workflow.id);
        if (cursor.failures > 3) throw new Error(`the sync fails: ${cursor.lastError}`);
        return cursor.events >= events && cursor.inFlight === null;
      });
    },
  };
}
