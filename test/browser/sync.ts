import { inject } from 'vitest';
import { api } from './app.ts';

export const ROWS = 30;
export const PAGE_ROWS = 10;

let syncs = 0;

/** A sync of 30 rows on the emulator, in batches of 10. With a step that fails, each batch is dead-lettered. */
export async function openSync(step: object): Promise<{ id: string; name: string; table: string }> {
  syncs += 1;
  const name = `sync ${process.pid}-${syncs}`;
  const table = `main.default.rows_${process.pid}_${syncs}`;
  await sql(`CREATE TABLE ${table} AS SELECT n AS id FROM range(${ROWS}) AS t(n)`);
  const { trigger } = await api('GET', '/v1/workflows/new-flights');
  const { id } = await api('POST', '/v1/workflows', {
    name,
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: 'demo',
      dead_letter_after: 1,
      input: {
        warehouse_id: trigger.input.warehouse_id,
        table,
        cursor_column: 'id',
        cursor_type: 'BIGINT',
        key_column: 'id',
        key_type: 'BIGINT',
        every_seconds: 3600,
        page_size: PAGE_ROWS,
      },
    },
    steps: [step],
  });
  return { id, name, table };
}

async function sql(statement: string): Promise<void> {
  const body = { action: 'databricks.execute_statement', linked_account: 'demo', input: { statement } };
  const run = await fetch(`${inject('appUrl')}/v1/runs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${inject('appKey')}`,
      'content-type': 'application/json',
      prefer: 'wait=30',
    },
    body: JSON.stringify(body),
  });
  const { status, error } = (await run.json()) as { status: string; error?: { message: string } };
  if (status !== 'succeeded') throw new Error(error?.message ?? status);
}
