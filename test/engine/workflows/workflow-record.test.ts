import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { loadDefinition } from '../../../engine/workflows/definitions.ts';
import {
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  setEnabled,
  updateWorkflow,
} from '../../../engine/workflows/workflows.ts';
import { testContext } from '../../context.ts';
import { value } from '../flows.ts';

const body = (name: string, given: unknown, more: object = {}) => ({
  name,
  trigger: { id: 'core.manual' },
  steps: [value('a', given)],
  ...more,
});

test('saves at once get a version each, with the content of one of them, whatever process reads it', async () => {
  const ctx = await testContext();
  const other = await testContext({ prefix: ctx.config.prefix });
  const { id } = await createWorkflow(ctx, 'default', body('w', 0));

  const saved = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (n) => {
      const workflow = await updateWorkflow(n % 2 === 0 ? ctx : other, 'default', { id, body: body('w', n) });
      return { n, version: workflow.version };
    }),
  );

  expect(saved.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5, 6, 7]);
  for (const { n, version } of saved) {
    for (const reader of [ctx, other]) {
      expect((await loadDefinition(reader, id, version)).steps[0]!.input).toEqual({ value: n });
    }
  }
  expect(await getWorkflow(ctx, 'default', id)).toMatchObject({ version: 7, latest: 7 });
});

test('a workflow that is disabled while it is saved stays disabled, and the version is stored', async () => {
  const ctx = await testContext();
  const { id } = await createWorkflow(ctx, 'default', body('w', 0));

  for (let round = 0; round < 5; round += 1) {
    await setEnabled(ctx, 'default', { id, enabled: true });
    const saving = updateWorkflow(ctx, 'default', { id, body: body('w', round) });
    await Promise.all([saving, setEnabled(ctx, 'default', { id, enabled: false })]);

    expect(await getWorkflow(ctx, 'default', id)).toMatchObject({ enabled: false, version: round + 2 });
  }
});

test('of two that take one name at once, one is made, and the other leaves nothing', async () => {
  const ctx = await testContext();
  const one = await createWorkflow(ctx, 'default', body('one', 1));
  const two = await createWorkflow(ctx, 'default', body('two', 2));

  const tries = await Promise.allSettled([
    createWorkflow(ctx, 'default', body('same', 3)),
    updateWorkflow(ctx, 'default', { id: one.id, body: body('same', 4) }),
    updateWorkflow(ctx, 'default', { id: two.id, body: body('same', 5) }),
  ]);

  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of tries)
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'ERR_NAME_TAKEN' });
  const names = await ctx.redis.hgetall(ctx.keys.names('workflow', 'default'));
  for (const [name, id] of Object.entries(names)) expect((await getWorkflow(ctx, 'default', id)).name).toBe(name);
  const refused = await Promise.all([one, two].map(({ id }) => getWorkflow(ctx, 'default', id)));
  for (const workflow of refused) if (workflow.name !== 'same') expect(workflow.latest).toBe(1);
});

test('a whole number beyond 2^53 in a definition is kept exactly', async () => {
  const ctx = await testContext();
  const reader = await testContext({ prefix: ctx.config.prefix });

  const { id } = await createWorkflow(
    ctx,
    'default',
    body('w', { id: 9007199254740993n }, { variables: { big: 9223372036854775807n } }),
  );

  const { steps, variables } = await loadDefinition(reader, id, 1);
  expect(steps[0]!.input).toEqual({ value: { id: 9007199254740993n } });
  expect(variables).toEqual({ big: 9223372036854775807n });
  await deleteWorkflow(ctx, 'default', id);
  await createWorkflow(ctx, 'default', body('w', 1));
});

test('the audit entry is written with the change, and not without it', async () => {
  const ctx = await testContext();
  const actor = engineActor('default');
  const { id } = await createWorkflow(ctx, 'default', body('w', 1), { actor });
  await createWorkflow(ctx, 'default', body('taken', 1));
  await updateWorkflow(ctx, 'default', { id, body: body('taken', 2), actor }).catch(() => undefined);
  await updateWorkflow(ctx, 'default', { id, body: body('v', 2), actor });
  await deleteWorkflow(ctx, 'default', id, { actor });

  const entries = await ctx.redis.xrange(ctx.keys.audit('default'), '-', '+');
  const actions = entries.map(([, fields]) => JSON.parse(fields[1]!) as { action: string; target: { name: string } });
  expect(actions.map(({ action, target }) => `${action} ${target.name}`)).toEqual([
    'workflow.create w',
    'workflow.update v',
    'workflow.delete v',
  ]);
});
