import { expect, test } from 'vitest';
import { definitionKey } from '../../../engine/workflows/definitions.ts';
import { workflowsRunning } from '../../../engine/workflows/usage.ts';
import { testContext } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

test('a definition that cannot be read does not hide the workflows that run another', async () => {
  const { ctx, make } = await openFlows({ worker: false });
  const inner = await make([value('a', 1)]);
  const broken = await make([value('a', 1)]);
  const outer = await make([{ id: 'in', action: 'core.run_workflow', input: { workflow: inner.id } }]);
  await ctx.redis.set(definitionKey(ctx, broken.id, 1), '{"name": "tor');
  const other = await testContext({ prefix: ctx.config.prefix, role: 'api' });

  const found = await workflowsRunning(other, inner);

  expect(found).toEqual([{ id: outer.id, name: outer.name, enabled: true }]);
});
