import { expect, test } from 'vitest';
import { openWorkspace } from '../../workspace.ts';

const STATEMENTS = { method: 'POST', path: '/api/2.0/sql/statements$' };

/** A statement whose answer is lost before or after it ran. */
async function loseAnswer(drop: 'before' | 'after', input: object = {}) {
  const workspace = await openWorkspace();
  workspace.emulator.faults.add({ match: STATEMENTS, fault: { drop } });
  const run = await workspace.run('databricks.execute_statement', { statement: 'SELECT 1', ...input });
  return { ...workspace, run };
}

test('says that the query history shows the statement, and under which id', async () => {
  const { run } = await loseAnswer('after');

  expect(run).toMatchObject({ status: 'failed', error: { code: 'ERR_OUTCOME_UNKNOWN' } });
  expect(run.error!.hint).toMatch(/query tag penstock_run = run_\w+/);
  expect(run.error!.hint).toMatch(/The query history shows it: query [0-9a-f-]+, (QUEUED|RUNNING|FINISHED)\. It ran/);
});

test('says that the query history does not show the statement so far', async () => {
  const { run } = await loseAnswer('before');

  expect(run.error).toMatchObject({
    code: 'ERR_OUTCOME_UNKNOWN',
    hint: expect.stringContaining('The query history does not show it yet'),
  });
});

test('says what it knows when the query history cannot be read, and ends all the same', async () => {
  const workspace = await openWorkspace();
  workspace.emulator.faults.add({ match: STATEMENTS, fault: { drop: 'after' } });
  workspace.emulator.faults.add({ match: { path: '/history/' }, times: 0, fault: { status: 403 } });

  const run = await workspace.run('databricks.execute_statement', { statement: 'SELECT 1' });

  expect(run.error).toMatchObject({
    code: 'ERR_OUTCOME_UNKNOWN',
    hint: expect.stringContaining('Look for the query tag'),
  });
  expect(run.error!.hint).not.toContain('The query history shows');
});

test('names no tag that the statement does not carry', async () => {
  const { run } = await loseAnswer('after', { query_tags: [{ key: 'team', value: 'sales' }] });

  expect(run.error!.code).toBe('ERR_OUTCOME_UNKNOWN');
  expect(run.error!.hint).not.toContain('penstock_run');
  expect(run.error!.hint).toContain('the query tags that you gave');
});
