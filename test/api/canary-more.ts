import { until } from '../context.ts';
import type { openWatched } from './canary-flows.ts';
import { CANARIES } from './canary-flows.ts';

type Api = Awaited<ReturnType<typeof openWatched>>;
type Answer = Awaited<ReturnType<Api['send']>>;

const WAIT = { prefer: 'wait=20' };

/** A draft that holds secrets: its samples are what steps gave that were sent them, and it is tested and run. */
export async function useDraft({ send }: Api, of: { workflow: string; run: string }): Promise<Answer[]> {
  const at = `/v1/workflows/${of.workflow}/draft`;
  const { definition } = (await send('GET', at)).body;
  const { steps } = (await send('GET', `/v1/workflows/${of.workflow}`)).body;
  const kept = steps.filter(({ id }: { id: string }) => ['mirrored', 'passed', 'made'].includes(id));
  const tested = await send('POST', `/v1/workflows/${of.workflow}/test_step`, {
    body: { step: 'mirrored', run: of.run },
    headers: WAIT,
  });
  const changed = { ...definition, secrets: { key: CANARIES.workflow }, variables: { plain: 'seen' }, steps: kept };
  return [
    await send('PUT', at, { body: changed }),
    await send('PUT', `${at}/samples/mirrored`, { body: { value: tested.body.output } }),
    await send('GET', `${at}/samples/mirrored`),
    await send('POST', `/v1/workflows/${of.workflow}/test_step`, {
      body: { step: 'passed', draft: true },
      headers: WAIT,
    }),
    await send('POST', `/v1/workflows/${of.workflow}/run`, { body: { draft: true }, headers: WAIT }),
  ];
}

/** A sync whose rows a service refuses and repeats: a dead letter, its replay, a rewind and a range that is delivered again. */
export async function useSync(api: Api, step: object): Promise<{ workflow: string; answers: Answer[] }> {
  const { send, workspace } = api;
  const made = await workspace.run('databricks.execute_statement', {
    statement:
      "CREATE TABLE main.default.rows AS SELECT * FROM VALUES (1L, TIMESTAMP '2026-01-01 00:00:00') AS t(id, seen_at)",
  });
  if (made.status !== 'succeeded') throw new Error(made.error?.message);
  const { body: workflow } = await send('POST', '/v1/workflows', {
    body: {
      name: 'synced',
      trigger: {
        id: 'databricks.incremental_sync',
        linked_account: 'demo',
        dead_letter_after: 1,
        input: {
          warehouse_id: workspace.emulator.warehouseId,
          table: 'main.default.rows',
          cursor_column: 'seen_at',
          cursor_type: 'TIMESTAMP',
          key_column: 'id',
          key_type: 'BIGINT',
          every_seconds: 3600,
        },
      },
      secrets: { key: CANARIES.workflow },
      steps: [step],
    },
  });
  const at = `/v1/workflows/${workflow.id}`;
  const dead = async () => (await send('GET', `/v1/runs?dead_letter=true&workflow=${workflow.id}`)).body.items;
  const ran = await send('POST', `${at}/run`);
  const [letter] = await until('a batch is a dead letter', async () =>
    (await dead()).length > 0 ? dead() : undefined,
  );
  const replayed = await send('POST', `/v1/runs/${letter.id}/replay`, { body: {}, headers: WAIT });
  const backfill = await send('POST', `${at}/backfills`, { body: { until: '2026-01-02T00:00:00Z' } });
  await until('the range has failed once', async () => {
    const [first] = (await send('GET', `${at}/backfills`)).body.items;
    return first.failures > 0 || first.status !== 'running';
  });
  const answers = [
    ran,
    replayed,
    backfill,
    await send('GET', `${at}/backfills`),
    await send('GET', `${at}/trigger`),
    await send('POST', '/v1/triggers/databricks.incremental_sync/preview', {
      body: { input: workflow.trigger.input, linked_account: 'demo', workflow: workflow.id, from: 'start' },
    }),
    await send('GET', `${at}/cursor/history`),
    await send('POST', `/v1/runs/${letter.id}/discard`),
    await send('POST', `${at}/backfills/${backfill.body.id}/cancel`),
    await send('POST', `${at}/disable`),
  ];
  return { workflow: workflow.id, answers };
}
