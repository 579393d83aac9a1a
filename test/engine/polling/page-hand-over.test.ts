import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ArtifactStore } from '../../../engine/artifacts/artifact-store.ts';
import { openArtifacts } from '../../../engine/artifacts/artifacts.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { tick } from '../../../engine/polling/ticks.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { newId } from '../../../engine/store/ids.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openSync } from '../sync.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

/** A sync whose pages are too large for a record, and a store that holds back what is written while `hold` is set. */
async function openHeld() {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-held-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = openArtifacts(`file:${folder}`);
  const gate = { hold: undefined as Promise<void> | undefined, open: () => {}, waiting: 0 };
  const artifacts: ArtifactStore = {
    ...store,
    async write(id, offset) {
      if (gate.hold !== undefined) gate.waiting += 1;
      await gate.hold;
      return store.write(id, offset);
    },
  };
  const sync = await openSync({ context: { context: { artifacts } } });
  await sync.sql('CREATE TABLE main.default.events (id BIGINT, at TIMESTAMP, name STRING)');
  await sync.sql(
    "INSERT INTO main.default.events SELECT id, TIMESTAMP '2026-01-01 00:00:00', repeat('x', 10000) FROM range(1, 11) AS t(id)",
  );
  return {
    ...sync,
    close() {
      gate.hold = new Promise((resolve) => {
        gate.open = resolve;
      });
    },
    open() {
      gate.hold = undefined;
      gate.open();
    },
    held: () => until('something waits to be written', () => gate.waiting > 0),
    runs: async (workflow: string) => (await listRuns(sync.ctx, 'default', { filter: { workflow }, limit: 50 })).items,
  };
}

test('a tick leaves a page alone whose run is being written', async () => {
  const { ctx, sync, close, open, held, caughtUp, delivered, runs } = await openHeld();
  close();
  const workflow = await sync();
  await held();

  await tick(ctx, workflow.id);
  open();
  await caughtUp(workflow, 10);

  expect((await delivered()).map(({ data }) => data.id)).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)));
  expect(await runs(workflow.id)).toHaveLength(1);
});

test('a tick leaves a page alone whose replay is being written', async () => {
  const { ctx, post, close, open, held, runs } = await openHeld();
  let status = 422;
  const { url, received } = await startEndpoint(() => status);
  const workflow = await post(url, {}, { trigger: { schedule: { every_seconds: 3600 } } });
  const [failed] = await until('a run has failed', async () => {
    const found = (await runs(workflow.id)).filter((run) => run.status === 'failed');
    return (await readCursor(ctx, workflow.id)).failures === 1 && found;
  });
  status = 204;
  await ctx.redis.hdel(ctx.keys.cursor(workflow.id), 'not_before');

  close();
  const id = newId('run', ctx.clock.now());
  const replaying = replayRun(ctx, failed!, { id });
  await held();
  await tick(ctx, workflow.id);
  const { inFlight } = await readCursor(ctx, workflow.id);
  open();
  await replaying;

  expect(inFlight).toBe(id);
  expect((await ended(ctx, id)).status).toBe('succeeded');
  await until('the cursor has moved', async () => (await readCursor(ctx, workflow.id)).events === 10);
  expect(received).toHaveLength(2);
});
