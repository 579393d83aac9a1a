import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { readRun } from '../../engine/runs/runs.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { startStrictServer } from '../services/github/strict-server.ts';
import { startWebhooksServer } from '../services/github/webhooks-server.ts';
import { ended } from '../workspace.ts';
import { openExamples } from './setting.ts';

const SHA = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const REPOSITORY = { name: 'hello-world', full_name: 'octocat/hello-world' };
/** "Load orders" of the emulator fails each time; the job of the example succeeds. */
const [GOOD, FAILING] = ['9007199254740993', '9007199254740995'];

/** The example, with a GitHub of two strict servers: one keeps the webhooks, one the statuses. */
async function openPushes(job = GOOD) {
  const examples = await openExamples({ env: { PENSTOCK_PUBLIC_URL: 'https://penstock.example.com' } });
  const { ctx, env, link, create, emulator } = examples;
  const [webhooks, strict] = [await startWebhooksServer(), await startStrictServer()];
  const github = await startHttpServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const { authorization = '', 'content-type': type = '' } = headers;
    const body = await readBody(request);
    const answer = await fetch(`${url.includes('/hooks') ? webhooks.origin : strict.origin}${url}`, {
      method,
      headers: { authorization, ...(type === '' ? {} : { 'content-type': type }) },
      ...(body.length === 0 ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  const authentication = { name: 'token', kind: 'pat', token: 'ghp_canary', test: false };
  await link({ name: 'acme-github', connector: 'github', base_url: github.origin, authentication });
  await create('push-to-job.json', (text) => text.replace(GOOD, job));
  const { url, secret } = webhooks.webhooks[0]!.config;
  return {
    ctx,
    statuses: () => strict.statuses,
    launches: () => emulator.requests.effects()['POST /api/2.2/jobs/run-now'] ?? 0,
    /** What GitHub sends for a push. @returns the run of the workflow at its end */
    async push(payload: object) {
      const body = JSON.stringify({ repository: REPOSITORY, after: SHA, deleted: false, ...payload });
      const answer = await fetch(`${env.PENSTOCK_URL}${new URL(url).pathname}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        },
        body,
      });
      return ended(ctx, ((await answer.json()) as { run: string }).run);
    },
  };
}

test('a push runs the job, and its commit is pending, then successful', async () => {
  const { push, statuses, launches } = await openPushes();

  const run = await push({ ref: 'refs/heads/main' });

  expect(run.error?.message ?? run.status).toBe('succeeded');
  expect(launches()).toBe(1);
  const about = { sha: SHA, context: 'penstock/job' };
  expect(statuses()).toEqual([
    { ...about, state: 'pending', description: 'The job is running' },
    {
      ...about,
      state: 'success',
      description: 'The job succeeded',
      target_url: expect.stringMatching(/^http.*\/run\/\d+$/),
    },
  ]);
});

test('a job that fails is a failure on its commit, and of the run', async () => {
  const { push, statuses, ctx } = await openPushes(FAILING);

  const { id } = await push({ ref: 'refs/heads/main' });

  expect(statuses()).toMatchObject([
    { state: 'pending' },
    { state: 'failure', description: expect.stringMatching(/^.{10,140}$/s) },
  ]);
  expect(await readRun(ctx, id)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('failed') },
  });
});

test.each([
  ['another branch', { ref: 'refs/heads/feature' }],
  ['a branch that was deleted', { ref: 'refs/heads/main', deleted: true, after: '0'.repeat(40) }],
])('%s runs nothing', async (_, payload) => {
  const { push, statuses, launches } = await openPushes();

  const { status } = await push(payload);

  expect([status, statuses(), launches()]).toEqual(['succeeded', [], 0]);
});
