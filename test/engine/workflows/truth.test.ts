import { expect, test } from 'vitest';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { testContext } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

test.each([
  ['if', { if: '{{ trigger.a }} and {{ trigger.b }}' }, '/steps/0/if'],
  ['if', { if: '{{ trigger.a }} {{ trigger.b }}' }, '/steps/0/if'],
  ['for_each', { for_each: { items: '{{ trigger.a }},{{ trigger.b }}' } }, '/steps/0/for_each/items'],
])('an %s of more than one expression is refused at save: %o', async (_name, more, pointer) => {
  const ctx = await testContext();
  const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [value('a', 1, more)] };

  await expect(createWorkflow(ctx, 'default', body)).rejects.toMatchObject({
    code: 'ERR_INPUT_INVALID',
    errors: [{ pointer, message: expect.stringContaining('must be a single expression') }],
  });
});

test('an if may hold objects, texts and comments with braces', async () => {
  const { run, steps } = await openFlows();

  const done = await run([value('a', 1, { if: '{{ {"a": {"b": trigger.n}}.a.b = 1 /* }} */ and "}}" != "" }}' })], {
    trigger: { n: 1 },
  });

  expect((await steps(done.id)).a!.skipped).toBeUndefined();
});

test.each(['"false"', '"0"', '""', '"true"', 'trigger.text', '[0, "false"]'])(
  'an if whose value is the text %s fails its step',
  async (source) => {
    const { run, steps } = await openFlows();

    const done = await run([value('a', 1, { if: `{{ ${source} }}` })], { trigger: { text: 'no' } });

    expect(done.status).toBe('failed');
    expect((await steps(done.id)).a!.error).toMatchObject({
      code: 'ERR_EXPRESSION',
      message: expect.stringContaining('neither true nor false'),
    });
  },
);

test('braces of the service are written with a backslash', async () => {
  const { run } = await openFlows();

  const done = await run(
    [value('a', { text: '\\{{job.run_id}} of {{ trigger.n }}', more: '\\{{secrets/scope/key}}' })],
    {
      trigger: { n: 1 },
    },
  );

  expect(done.output).toEqual({ value: { text: '{{job.run_id}} of 1', more: '{{secrets/scope/key}}' } });
});

test.each(['{{job.run_id}}', '{{secrets/scope/key}}', '{{tasks.x.values.y}}', '{{ trigger.a'])(
  'the error of %s says how braces are written',
  async (text) => {
    const ctx = await testContext();
    const body = { name: 'w', trigger: { id: 'core.manual' }, steps: [value('a', text)] };

    const error = await createWorkflow(ctx, 'default', body).catch((reason) => reason);

    expect(error.errors[0].message).toContain('\\{{');
  },
);
