import { expect, onTestFinished, test } from 'vitest';
import { emitEvent } from '../../engine/events/life-events.ts';
import { startHeartbeat } from '../../engine/queue/workers.ts';
import { writeRun } from '../../engine/runs/run-writes.ts';
import { newRun } from '../engine/new-run.ts';
import { openCli, runCli } from './cli.ts';

test('shows how busy everything is: what ended, and workers', async () => {
  const cli = await openCli({ context: { env: { PENSTOCK_CONCURRENCY: '2' } } });
  await cli.penstock(['run', 'databricks.query_warehouses', '--account', 'demo', '--wait']);
  await cli.ctx.meters.flush();

  const { code, out } = await cli.penstock(['top']);
  const shown = JSON.parse((await cli.penstock(['top', '--json'])).out);

  expect(code).toBe(0);
  expect(out).toMatch(/^runs {6}0 waiting; 0 active; 0 delayed\n/);
  expect(out).toMatch(/\nended {5}1 succeeded\nworkers {3}1, 0 of 2 slots in use\n/);
  expect(out).toMatch(/\nWORKER +HOST +ACTIVE +SLOTS +MEMORY\nwrk_\w+ /);
  expect(shown.workers).toEqual([expect.objectContaining({ slots: 2, active: 0 })]);
});

test('shows accounts that wait, and workspaces that asked for less', async () => {
  const { penstock, ctx, account, emulator } = await openCli({ worker: false });
  for (let n = 0; n < 5; n += 1)
    await writeRun(ctx, newRun(ctx, { linked_account: account }), { kind: 'bulk', most: 2 });
  await ctx.throttle.slowDown({ tenant: 'default', origin: emulator.url }, 60_000);
  const heartbeat = await startHeartbeat(ctx, () => 0);
  onTestFinished(() => heartbeat.close());

  const { out } = await penstock(['top']);

  expect(out).toMatch(/^runs {6}5 waiting/);
  expect(out).toMatch(/\nACCOUNT +WAITING +OLDEST +AT LIMIT\ndemo +3 +\d+ s +yes\n/);
  expect(out).toMatch(new RegExp(`\nTHROTTLED WORKSPACE +WAITING +ACTIVE +BACKOFF\n${emulator.url} +0 +0 +\\d+ s\n`));
});

test('is drawn again and again on a terminal, with a rate from the second time on', async () => {
  const cli = await openCli({ worker: false });
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('0.0 runs/s') && controller.abort());

  const { code, out } = await cli.penstock(['top', '--interval', '0.1'], {
    isTerminal: true,
    onText,
    signal: controller.signal,
  });

  expect(code).toBe(130);
  expect(out.split('\x1b[H').length).toBeGreaterThan(2);
  expect(out).toContain('none: no runs are executed');
});

test('lists who changed what, from where', async () => {
  const { penstock } = await openCli({ worker: false });
  await penstock(['accounts', 'add', 'acme']);

  const { code, out } = await penstock(['audit']);

  expect(code).toBe(0);
  expect(out).toMatch(/Z +cli +127\.0\.0\.1 +linked_account\.create +acme/);
});

test('follows the life of authentications, from the beginning if asked', async () => {
  const { penstock } = await openCli({ worker: false });
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('authentication.revoked') && controller.abort());
  const id = /auth_\w+/.exec((await penstock(['auth', '--account', 'demo'])).out)![0];

  const following = penstock(['events', '--after', '0'], { onText, signal: controller.signal });
  await penstock(['auth', 'revoke', id, '--account', 'demo']);
  const { out } = await following;

  expect(out).toMatch(/ authentication\.created {2}principal \(auth_\w+ of la_\w+\) {2}active\n/);
  expect(out).toMatch(/ authentication\.revoked {2}principal .* {2}active -> revoked/);
});

test('shows events of triggers and approvals, too', async () => {
  const { penstock, ctx } = await openCli({ worker: false });
  await emitEvent(ctx, 'default', {
    type: 'trigger.paused',
    data: { workflow: 'wf_1', reason: 'too many failures', by: 'penstock' },
  });
  const controller = new AbortController();
  const onText = (text: string) => void (text.includes('trigger.paused') && controller.abort());

  const { out } = await penstock(['events', '--after', '0'], { onText, signal: controller.signal });

  expect(out).toContain('trigger.paused  workflow wf_1, reason too many failures, by penstock\n');
  expect(out).not.toContain('undefined');
});

test('registers a webhook endpoint, whose secret is shown once', async () => {
  const { penstock } = await openCli({ worker: false });

  const made = await penstock([
    'webhook-endpoints',
    'create',
    'https://example.com/hook',
    '--type',
    'authentication.revoked',
  ]);
  const id = /whk_\w+/.exec(made.err)![0];
  const listed = await penstock(['webhook-endpoints']);

  expect(made.out).toMatch(/^whsec_\S+\n$/);
  expect(listed.out).toMatch(new RegExp(`${id} +no +authentication\\.revoked .* https://example.com/hook\n`));
  expect(listed.out).not.toContain('whsec_');
  expect((await penstock(['webhook-endpoints', 'delete', id])).code).toBe(0);
  expect((await penstock(['webhook-endpoints'])).out).toContain('No webhook endpoints.');
});

test('refuses an event position that is none', async () => {
  expect(await runCli(['events', '--after', 'x'])).toMatchObject({ code: 2 });
});
