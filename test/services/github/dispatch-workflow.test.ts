import { expect, test } from 'vitest';
import { cancelRun } from '../../../engine/runs/cancel.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { openGitHub } from './account.ts';
import { startStrictServer } from './strict-server.ts';

const INPUT = { owner: 'octocat', repo: 'hello-world', workflow_id: 'deploy.yml', ref: 'main' };
const RUN = '/repos/octocat/hello-world/actions/runs/30433642';

test('waits for the run that the server named, and ends with its conclusion', async () => {
  const server = await startStrictServer();
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', { ...INPUT, inputs: { environment: 'staging' } });

  expect(done).toMatchObject({
    status: 'succeeded',
    output: { workflow_run_id: '30433642', status: 'completed', conclusion: 'success', found_by: 'response' },
  });
  expect(server.runs[0]).toMatchObject({ inputs_given: { environment: 'staging' } });
  expect(server.seen.filter((line) => line === `GET ${RUN}`)).toHaveLength(3);
});

test('a run that fails fails with its conclusion and where it can be seen', async () => {
  const server = await startStrictServer();
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', { ...INPUT, workflow_id: 'failing.yml' });

  expect(done).toMatchObject({
    status: 'failed',
    error: {
      code: 'ERR_REMOTE_FAILED',
      message: 'Run Workflow failed: failure: https://github.com/octocat/hello-world/actions/runs/30433642',
    },
  });
});

test('without waiting, the output is the run that was started', async () => {
  const server = await startStrictServer();
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', INPUT, { wait_for_completion: false });

  expect(done.output).toEqual({
    workflow_run_id: '30433642',
    html_url: 'https://github.com/octocat/hello-world/actions/runs/30433642',
    found_by: 'response',
  });
});

test('where a server answers 204, the run is found, and the output says how', async () => {
  let looks = 0;
  const server = await startStrictServer({ details: false, isListed: () => ++looks > 1 });
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', { ...INPUT, ref: 'refs/heads/main' });

  expect(done).toMatchObject({
    status: 'succeeded',
    output: { workflow_run_id: '30433642', conclusion: 'success', found_by: 'search' },
    warnings: [{ pointer: expect.stringContaining('workflow_run_id'), message: expect.stringContaining('204') }],
  });
  expect(server.runs).toHaveLength(1);
});

test('several runs that could be it are an error that names them, never a guess', async () => {
  const server = await startStrictServer({ details: false, others: 1 });
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', INPUT);

  expect(done).toMatchObject({
    status: 'failed',
    error: { code: 'ERR_OUTCOME_UNKNOWN', hint: expect.stringContaining('actions/runs/30433643') },
  });
  expect(server.seen.filter((line) => line.startsWith('POST'))).toHaveLength(1);
});

test('a run of somebody else that is listed first is not taken for it', async () => {
  let looks = 0;
  const server = await startStrictServer({
    details: false,
    others: 1,
    isListed: (id) => id !== 30433642 || ++looks > 1,
  });
  const { run } = await openGitHub(server.origin);

  const done = await run('github.dispatch_workflow', INPUT);

  expect(done).toMatchObject({ status: 'failed', error: { code: 'ERR_OUTCOME_UNKNOWN' } });
});

test.each([
  ['cancels the run that is found then', 0, 'ERR_CANCELED', 'cancelled'],
  ['says that it is not known which of several it is', 1, 'ERR_OUTCOME_UNKNOWN', null],
])('canceling while the run is looked for %s', async (_what, others, code, conclusion) => {
  let isListed = false;
  const server = await startStrictServer({ details: false, others, isListed: () => isListed });
  const { ctx, account } = await openGitHub(server.origin);
  const input = { ...INPUT, workflow_id: 'long.yml' };
  const request = { action: 'github.dispatch_workflow', linked_account: account, input };
  const { id } = await submitAction(ctx, 'default', { request });
  await until('the run waits', async () => ((await readRun(ctx, id))?.status === 'waiting' ? true : undefined));

  isListed = true;
  await cancelRun(ctx, (await readRun(ctx, id))!);
  const done = await ended(ctx, id);

  expect(done).toMatchObject({ status: 'canceled', error: { code } });
  expect(server.runs[0]).toMatchObject({ conclusion });
});

test('canceling the run cancels that of GitHub', async () => {
  const server = await startStrictServer();
  const { ctx, account } = await openGitHub(server.origin);
  const request = {
    action: 'github.dispatch_workflow',
    linked_account: account,
    input: { ...INPUT, workflow_id: 'long.yml' },
  };
  const { id } = await submitAction(ctx, 'default', { request });
  await until('the run waits', async () => ((await readRun(ctx, id))?.status === 'waiting' ? true : undefined));

  await cancelRun(ctx, (await readRun(ctx, id))!);
  const done = await ended(ctx, id);

  expect(done.status).toBe('canceled');
  expect(server.runs[0]).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
});
