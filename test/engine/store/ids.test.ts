import { expect, test } from 'vitest';
import { artifactId, isArtifactOf } from '../../../engine/artifacts/artifact-store.ts';
import { openLaunches } from '../../../engine/runs/launches.ts';
import type { Run } from '../../../engine/runs/run.ts';
import { derivedId } from '../../../engine/store/ids.ts';
import { testContext } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openFlows, value } from '../flows.ts';

test('parts that are one text when joined have ids of their own', () => {
  const lists = [
    ['a', '1b'],
    ['a1', 'b'],
    ['a1b'],
    ['a1b', ''],
    ['a', '1', 'b'],
    ['a","1', 'b'],
    ['a/1', 'b'],
    ['a', '1/b'],
  ];

  expect(new Set(lists.map((parts) => derivedId('run', 0, parts))).size).toBe(lists.length);
  expect(derivedId('run', 0, ['a', 1])).toBe(derivedId('run', 0, ['a', 1]));
});

test('item 0 of the step "a" and the step "a_0" have artifacts of their own', () => {
  const runs = ['run_x.a.0', 'run_x.a_0', 'run_x.a', 'run_x', 'run_x.a.rows', 'run_x_a_0'];

  expect(new Set(runs.map((run) => artifactId(run, 'rows'))).size).toBe(runs.length);
  for (const run of runs) {
    expect(runs.filter((other) => isArtifactOf(artifactId(run, 'rows'), other))).toEqual([run]);
  }
});

test('runs that are not waited for are as many as the items and steps that began them', async () => {
  const { ctx, run, make, steps } = await openFlows();
  const inner = await make([value('v', '{{ trigger.from }}')]);
  const call = (from: string) => ({
    action: 'core.run_workflow',
    input: { workflow: inner.id, wait: false, input: { from } },
  });

  const done = await run([
    { id: 'a', ...call('item {{ index }}'), for_each: { items: '{{ [1, 2, 3] }}' } },
    { id: 'a1', ...call('step a1') },
    { id: 'a_1', ...call('step a_1') },
  ]);

  const ran = await steps(done.id);
  const ids = [
    ...(ran.a!.output as { items: { run: string }[] }).items.map((item) => item.run),
    (ran.a1!.output as { run: string }).run,
    (ran.a_1!.output as { run: string }).run,
  ];
  expect(new Set(ids).size).toBe(5);
  const outputs = await Promise.all(ids.map(async (id) => (await ended(ctx, id)).output));
  expect(outputs).toEqual(['item 0', 'item 1', 'item 2', 'step a1', 'step a_1'].map((from) => ({ value: from })));
});

test('a launch token has at most 64 characters, and another for each run and launch', async () => {
  const ctx = await testContext();
  const long = 'a_step_with_a_name_of_sixty_characters_that_goes_on_and_on_so';
  const token = (id: string, launches: Run['launches'] = []) =>
    openLaunches(ctx, { id, launches, attempts: 0 } as unknown as Run).token;
  const failed = [{ number: 1, token: '', sent_at: 0, outcome: 'failed' as const }];
  const ids = [
    'run_0mx1wnyyf528hq2jvd7al',
    `run_0mx1wnyyf528hq2jvd7al.${long}`,
    `run_0mx1wnyyf528hq2jvd7al.${long}.1.${long}`,
  ];
  const tokens = ids.flatMap((id) => [token(id), token(id, failed)]);

  expect(new Set(tokens).size).toBe(tokens.length);
  expect(tokens.filter((each) => each.length > 64)).toEqual([]);
  expect(tokens.every((each) => each.startsWith('run_0mx1wnyyf528hq2jvd7al'))).toBe(true);
});
