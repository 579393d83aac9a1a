import { expect, test } from 'vitest';
import { beginPoll, handPage, readCursor } from '../../../engine/cursors/cursors.ts';
import { readDeadLetters } from '../../../engine/polling/dead-letters.ts';
import { noteFailure } from '../../../engine/polling/trigger-health.ts';
import { updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { openSync } from '../sync.ts';

const ERROR = { code: 'ERR_STEP_FAILED', message: 'no', upstream: { service: 'x', status: 410 } } as never;

async function open(part: 'poll' | 'page') {
  const setting = await openSync({ worker: false });
  const { ctx, sync, account } = setting;
  const trigger = (table: string) => ({
    id: 'databricks.incremental_sync',
    linked_account: account,
    input: { warehouse_id: 'w', table, cursor_column: 'at', key_column: 'id' },
    schedule: { every_seconds: 3600 },
    dead_letter_after: 1,
  });
  const workflow = await sync({}, { trigger: trigger('main.default.wrong') });
  await beginPoll(ctx, workflow.id, 'run_poll');
  if (part === 'page') await handPage(ctx, workflow.id, { poll: 'run_poll', page: 'run_page', version: 0, ms: 1 });
  return {
    ctx,
    id: workflow.id,
    async fail(version: number) {
      const page = { version: 0, from: null, to: { value: '1', key: '1' }, events: 1 };
      const attempt = { id: `run_${part}`, tenant: 'default', workflow: workflow.id, workflow_version: version, page };
      await noteFailure(ctx, attempt, ERROR);
    },
    publish: () =>
      updateWorkflow(ctx, 'default', {
        id: workflow.id,
        body: {
          name: 'sync',
          trigger: trigger('main.default.right'),
          steps: [{ id: 'write', action: 'core.file', input: { path: 'out.ndjson', rows: '{{ trigger.events }}' } }],
        },
      }),
  };
}

test.each(['poll', 'page'] as const)(
  'a %s of a version that was replaced meanwhile fails, and the new version polls at once',
  async (part) => {
    const { ctx, id, fail, publish } = await open(part);
    await publish();
    const ticks = async () => (await ctx.queues.ticks.getJobs(['wait', 'prioritized'])).length;
    const before = await ticks();

    await fail(1);

    const { notBefore, paused, failures, inFlight, version } = await readCursor(ctx, id);
    expect({ notBefore, paused, failures, inFlight, version }).toEqual({
      notBefore: null,
      paused: null,
      failures: 1,
      inFlight: null,
      version: 0,
    });
    expect((await readDeadLetters(ctx, id)).open).toBe(0);
    expect(await ticks()).toBe(before + 1);
  },
);

test('the version that is published backs off', async () => {
  const { ctx, id, fail, publish } = await open('poll');
  await publish();

  await fail(2);

  expect((await readCursor(ctx, id)).notBefore).not.toBeNull();
});
