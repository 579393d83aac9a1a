import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readCursor } from '../../../engine/cursors/cursors.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { startWorker } from '../../../engine/worker.ts';
import { createWorkflow } from '../../../engine/workflows/workflows.ts';
import { everythingIn } from '../../api/dump.ts';
import { testContext, until } from '../../context.ts';
import { flowsOf } from '../../engine/flows.ts';
import { ended } from '../../workspace.ts';
import { runAction } from './run-action.ts';
import { KEYS, openS3, startSts } from './server.ts';

/** A linked account and a worker. */
async function open(origin: string, authentication: object, fields: object = {}) {
  const ctx = await testContext();
  const linked = createLinkedAccount(ctx, engineActor('default'), {
    name: 'bucket',
    connector: 's3',
    endpoint: origin,
    ...fields,
    authentication,
  });
  const { id: account } = await linked;
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  const request = (action: string, input: object) => ({
    request: { action: `s3.${action}`, linked_account: account, input },
  });
  return {
    ctx,
    account,
    run: async (action: string, input: object) =>
      ended(ctx, (await submitAction(ctx, 'default', request(action, input))).id),
  };
}

test('a key that the service does not know is refused, with no word of the secret', async () => {
  const { origin } = await openS3();
  const wrong = { kind: 'access_key', access_key_id: 'AKIDNOBODY', secret_access_key: 'wrong-canary' };

  await expect(open(origin, wrong)).rejects.toMatchObject({
    code: 'ERR_AUTH_FAILED',
    upstream: { error_code: 'InvalidAccessKeyId' },
  });
});

test('an access key runs actions in the engine; an address that is not listed gets nothing', async () => {
  const { origin } = await openS3();
  const { run: runIn } = await open(origin, { kind: 'access_key', ...KEYS });

  expect(await runIn('put_object', { bucket: 'results', key: 'k', rows: [{ n: 1 }] })).toMatchObject({
    status: 'succeeded',
    output: { bytes: 8 },
  });
  const elsewhere = { kind: 'access_key', ...KEYS };
  await expect(open('https://10.1.2.3', elsewhere)).rejects.toMatchObject({ code: 'ERR_HOST_NOT_ALLOWED' });
});

const ROLE = {
  kind: 'role',
  access_key_id: 'AKIDUSER',
  secret_access_key: 'user-canary',
  role_arn: 'arn:aws:iam::123456789012:role/penstock',
  external_id: 'acme',
};

test('the keys of a role are got once for all runs and workers, and shown nowhere', async () => {
  const { origin, requests } = await openS3();
  const sts = await startSts();
  const { ctx, run: runIn } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const other: Context = await testContext({ prefix: ctx.config.prefix });
  const second = await startWorker(other);
  onTestFinished(() => second.close());
  requests.length = 0;

  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, n) => runIn('put_object', { bucket: 'results', key: `k${n}`, content: 'x' })),
  );

  expect(runs.map(({ status, error }) => error ?? status)).toEqual(Array.from({ length: 8 }, () => 'succeeded'));
  expect(sts.asked.map((form) => form.get('RoleArn'))).toEqual([ROLE.role_arn]);
  const dump = await everythingIn(ctx);
  for (const secret of [ROLE.secret_access_key, 'session-canary']) expect(dump).not.toContain(secret);
});

test('a pre-signed URL with the keys of a role is whole for later steps, and shown without them', async () => {
  const { origin, access } = await openS3();
  const sts = await startSts();
  const { ctx, account } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const linked = { linked_account: account };
  const content = '{{ steps.sign.output.url }}';
  const done = await flowsOf(ctx).run([
    { id: 'sign', action: 's3.presign_url', ...linked, input: { bucket: 'results', key: 'k' } },
    { id: 'give', action: 's3.put_object', ...linked, input: { bucket: 'results', key: 'url', content } },
  ]);

  expect(done.error ?? done.status).toBe('succeeded');
  const { output, bench } = await runAction(access, 'get_object', { bucket: 'results', key: 'url' });
  const given = new URL(bench.artifact((output.artifact as { id: string }).id).toString());
  expect(given.searchParams.get('X-Amz-Security-Token')).toMatch(/^session-canary-/);
  expect(given.searchParams.get('X-Amz-Credential')).toMatch(/^S3RVER\//);
  const dump = await everythingIn(ctx);
  expect(dump).toContain('X-Amz-Security-Token=');
  expect(dump).not.toContain('session-canary');
});

test('keys of a role that end are renewed', async () => {
  const { origin } = await openS3();
  const sts = await startSts(0);
  const { run: runIn } = await open(origin, ROLE, { sts_endpoint: sts.origin });
  const before = sts.asked.length;

  expect((await runIn('list_objects', { bucket: 'results' })).status).toBe('succeeded');
  expect(sts.asked.length).toBe(before + 1);
});

test.each([
  [
    'a role that may not be assumed',
    { external_id: 'other' },
    {},
    { code: 'ERR_AUTH_FAILED', upstream: { error_code: 'AccessDenied' } },
  ],
  ['a token service elsewhere', {}, { sts_endpoint: 'https://sts.attacker.example' }, { code: 'ERR_HOST_NOT_ALLOWED' }],
])('refuses %s', async (_, login, fields, failure) => {
  const { origin } = await openS3();
  const sts = await startSts();

  await expect(open(origin, { ...ROLE, ...login }, { sts_endpoint: sts.origin, ...fields })).rejects.toMatchObject(
    failure,
  );
});

test('new and changed objects start a workflow, each once', async () => {
  const { origin, access } = await openS3();
  await runAction(access, 'put_object', { bucket: 'results', key: 'in/old', content: 'old' });
  const { ctx, account } = await open(origin, { kind: 'access_key', ...KEYS });
  const workflow = await createWorkflow(ctx, 'default', {
    name: 'arrivals',
    trigger: {
      id: 's3.new_object',
      linked_account: account,
      input: { bucket: 'results', prefix: 'in/' },
      schedule: { every_seconds: 1 },
    },
    steps: [{ id: 'keys', action: 'core.transform', input: { value: '{{ trigger.events }}' } }],
  });
  const count = async () => (await readCursor(ctx, workflow.id)).events;
  await until('what is there is known', async () => (await readCursor(ctx, workflow.id)).position !== null);

  for (const key of ['in/z', 'in/a', 'out/b'])
    await runAction(access, 'put_object', { bucket: 'results', key, content: key });
  await until('two are delivered', async () => (await count()) === 2);
  await runAction(access, 'put_object', { bucket: 'results', key: 'in/a', content: 'changed' });
  await until('the change is delivered', async () => (await count()) === 3);
});
