import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { holdPage, writeCursor } from '../../../engine/cursors/cursors.ts';
import { replayRun } from '../../../engine/replay/replay.ts';
import { dryRunReplay, replayConfirmed } from '../../../engine/replay/replay-confirm.ts';
import { previewReplay } from '../../../engine/replay/replay-preview.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { newId } from '../../../engine/store/ids.ts';
import { submitWorkflow } from '../../../engine/workflows/submit-workflow.ts';
import { updateWorkflow } from '../../../engine/workflows/workflows.ts';
import { ended } from '../../workspace.ts';
import { failing, value } from '../flows.ts';
import { failedOnce, open, webhook } from './failing.ts';

test('tells for each step whether it is reused, how its last launch ended, and what happens twice', async () => {
  const { ctx, make, begin, url, answer } = await open();
  const tell = { id: 'tell', action: 'core.webhook', input: { url, body: 'failed' } };
  const workflow = await make(
    [
      value('a', 1),
      webhook('sent', url),
      webhook('skipped', url, { if: '{{ false }}' }),
      failing('bad', { on_error: { steps: [{ ...tell, id: 'branch' }] } }),
      value('later', 1),
    ],
    { on_failure: { steps: [tell] } },
  );
  answer.status = 204;
  const run = await ended(ctx, await begin(workflow));

  const all = await previewReplay(ctx, run, {});
  const failed = await previewReplay(ctx, run, { from: 'failed' });

  expect(all.steps).toMatchObject([
    { step: 'a', what: 'again', effect: 'safe', repeats: 0, last_launch: { outcome: 'succeeded' } },
    { step: 'sent', what: 'again', effect: 'token', repeats: 1, last_launch: { outcome: 'succeeded' } },
    { step: 'skipped', what: 'again', repeats: 0, is_conditional: true },
    { step: 'bad', what: 'again', repeats: 0 },
    { step: 'branch', what: 'again', repeats: 1, if_fails: 'bad' },
    { step: 'later', what: 'again', repeats: 0 },
    { step: 'tell', what: 'again', repeats: 0, on_failure: true, last_launch: { outcome: 'succeeded' } },
  ]);
  expect(all.steps[2]).not.toHaveProperty('last_launch');
  expect(all.steps[5]).not.toHaveProperty('last_launch');
  expect(all).toMatchObject({ repeats: 2, version: { from: 1, to: 1, steps: [], fields: [] } });
  expect(failed.steps.slice(0, 3)).toMatchObject([
    { step: 'a', what: 'reuse', output_of: `${run.id}.a` },
    { step: 'sent', what: 'reuse', output_of: `${run.id}.sent`, repeats: 0, last_launch: { outcome: 'succeeded' } },
    { step: 'skipped', what: 'reuse' },
  ]);
});

test('counts what the items of a loop and an inner workflow did, one by one', async () => {
  const { ctx, make, begin, url } = await open();
  const inner = await make([value('a', 1), webhook('one', url), webhook('two', url)]);
  const send = { id: 'send', action: 'core.webhook', input: { url, body: '{{ item }}' } };
  const workflow = await make([
    { ...send, for_each: { items: '{{ [1, 2, 3] }}' } },
    { id: 'inside', action: 'core.run_workflow', input: { workflow: inner.id } },
  ]);
  const run = await ended(ctx, await begin(workflow));

  const preview = await previewReplay(ctx, run, {});

  expect(preview.steps).toMatchObject([
    { step: 'send', repeats: 3, last_launch: { outcome: 'succeeded' } },
    { step: 'inside', repeats: 2, last_launch: { outcome: 'succeeded' } },
  ]);
  expect(preview.repeats).toBe(5);
});

test('a confirmed replay does what was shown, once, however often and at once it is sent', async () => {
  const flows = await open();
  const { ctx, url, answer } = flows;
  const { run } = await failedOnce(flows, url, answer);
  const { confirm } = await dryRunReplay(ctx, run, { from: 'failed' });
  const send = () => replayConfirmed(ctx, run, { from: 'failed', confirm });

  const answers = await Promise.allSettled([send(), send(), send()]);
  const later = await send();

  const made = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
  expect(new Set([...made, later.id]).size).toBe(1);
  for (const one of answers) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_CONFLICT' });
  expect(await ended(ctx, later.id)).toMatchObject({ status: 'succeeded', replay_of: run.id });
  expect(await replaysOf(ctx, run.id)).toEqual([later.id]);
});

test.each([
  ['is none', 'x', 'ERR_INPUT_INVALID', 'not a value from a dry run'],
  ['is of the future', 'zzzzzzzzzzz-0-', 'ERR_INPUT_INVALID', 'not a value from a dry run'],
])('a confirm that %s is refused', async (_title, confirm, code, said) => {
  const flows = await open();
  const { run } = await failedOnce(flows, flows.url, flows.answer);

  await expect(replayConfirmed(flows.ctx, run, { confirm })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(said),
  });
});

test('a confirm of another run, request, version or of before another replay is refused, and says which', async () => {
  const flows = await open();
  const { ctx, url, answer, make, begin } = flows;
  const { run, workflow } = await failedOnce(flows, url, answer);
  const other = await ended(ctx, await begin(await make([failing('a')])));
  const refusal = async (of: typeof run, request: Parameters<typeof replayConfirmed>[2]) =>
    replayConfirmed(ctx, of, request).then(
      () => 'made',
      ({ code, message }) => `${code}: ${message}`,
    );
  const { confirm } = await dryRunReplay(ctx, run, { version: 'newest' });

  const ofOther = await refusal(other, { version: 'newest', confirm });
  const ofRequest = await refusal(run, { version: 'newest', from: 'failed', confirm });
  const ofInput = await refusal(run, { version: 'newest', input: { n: 8 }, confirm });
  const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 1)] };
  await updateWorkflow(ctx, 'default', { id: workflow.id, body });
  const ofVersion = await refusal(run, { version: 'newest', confirm });
  const again = await dryRunReplay(ctx, run, {});
  const replay = await replayRun(ctx, run);
  const ofReplay = await refusal(run, { confirm: again.confirm });

  expect(ofOther).toBe('ERR_CONFLICT: the "confirm" value belongs to another run');
  expect(ofRequest).toContain('belongs to another request');
  expect(ofInput).toContain('belongs to another request');
  expect(ofVersion).toContain('another version of the workflow is published');
  expect(ofReplay).toContain(`the run was replayed by "${replay.id}"`);
  expect(await replaysOf(ctx, run.id)).toEqual([replay.id]);
});

test('names the steps and places that another version and another input change, without what stands there', async () => {
  const { ctx, make, begin } = await open();
  const workflow = await make([value('a', '{{ trigger.n }}'), failing('b')]);
  const run = await ended(ctx, await begin(workflow, { n: 7, old: true }));
  const body = { name: workflow.name, trigger: { id: 'core.manual' }, steps: [value('a', 1), value('c', 1)] };
  await updateWorkflow(ctx, 'default', { id: workflow.id, body });

  const preview = await previewReplay(ctx, run, { version: 'newest', input: { n: 8 } });

  expect(preview.version).toEqual({
    from: 1,
    to: 2,
    steps: [
      { step: 'a', change: 'changed', fields: ['input'] },
      { step: 'c', change: 'added' },
      { step: 'b', change: 'removed' },
    ],
    fields: [],
  });
  expect(preview.input).toEqual({
    changes: [
      { pointer: '/n', change: 'changed' },
      { pointer: '/old', change: 'removed' },
    ],
    is_complete: true,
  });
});

test('tells of a delivery whether the cursor moves, and refuses it while another run delivers', async () => {
  const { ctx, make } = await open();
  const workflow = await make([failing('a')]);
  const id = newId('run', ctx.clock.now());
  await writeCursor(ctx, workflow.id, { position: { value: '1', key: null }, by: 'test' });
  const page = { version: 1, from: null, to: { value: '2', key: null } };
  await submitWorkflow(ctx, 'default', { id, workflow: workflow.id, version: 1, trigger: {}, page });
  const run = await ended(ctx, id);

  const free = await dryRunReplay(ctx, run, {});
  await holdPage(ctx, workflow.id, { version: 1, run: 'run_other' });
  const busy = await previewReplay(ctx, run, {}).catch((error: unknown) => error);
  await writeCursor(ctx, workflow.id, { position: { value: '9', key: null }, by: 'test' });
  const moved = await previewReplay(ctx, run, {});
  const confirmed = await replayConfirmed(ctx, run, { confirm: free.confirm }).catch((error: unknown) => error);

  expect(free.delivery).toEqual({ moves_cursor: true });
  expect(busy).toMatchObject({ code: 'ERR_CONFLICT', message: expect.stringContaining('run_other') });
  expect(moved.delivery).toEqual({ moves_cursor: false });
  expect(confirmed).toMatchObject({ code: 'ERR_CONFLICT', message: expect.stringContaining('its event batch') });
  expect((await readRun(ctx, id))?.replayed_by).toBeUndefined();
});

async function replaysOf(ctx: Context, id: string): Promise<string[]> {
  const { items: runs } = await listRuns(ctx, 'default', { filter: {}, limit: 100 });
  return runs.filter(({ replay_of }) => replay_of === id).map((run) => run.id);
}
