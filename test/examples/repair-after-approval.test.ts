import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { readBody, startHttpServer } from '../servers.ts';
import { openSlack, TOKEN } from '../services/slack/workspace.ts';
import { jobsOf } from './jobs.ts';
import { openExamples } from './setting.ts';

/** As in the examples. */
const [SIGNING_SECRET, CHANNEL] = ['the signing secret of your Slack app', 'C000000001'];
const FAILING = '9007199254740995';

interface Message {
  ts: string;
  text: string;
  blocks: { type: string; elements?: { action_id: string; value: string }[] }[];
}

/** Both examples, an imitation of Slack, and where Slack takes what replaces a message after a press. */
async function openApprovals() {
  const examples = await openExamples();
  const { create, link, looked, env, ctx, penstock } = examples;
  const slack = await openSlack();
  const replies: { replace_original?: boolean }[] = [];
  const responses = await startHttpServer(async (request, response) => {
    replies.push(JSON.parse((await readBody(request)).toString()));
    response.writeHead(200).end('ok');
  });
  const authentication = { name: 'bot', kind: 'bot_token', token: TOKEN };
  await link({ name: 'acme-slack', connector: 'slack', base_url: slack.url, authentication });
  const buttons = await create('slack-buttons.json');
  const workflow = await create('repair-after-approval.json');
  await looked(workflow);
  const headers = { authorization: `Bearer ${env.PENSTOCK_API_KEY}` };
  const shown = await fetch(`${env.PENSTOCK_URL}/v1/workflows/${buttons}`, { headers });
  const { url } = (await shown.json()) as { url: string };
  const messages = async (method: string, parameters: object) => {
    const body = new URLSearchParams({ channel: CHANNEL, ...parameters });
    const answer = await fetch(`${slack.url}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body,
    });
    return ((await answer.json()) as { messages: Message[] }).messages;
  };
  return {
    ...examples,
    ...jobsOf(examples),
    workflow,
    replies,
    asked: async () => {
      await penstock(['workflows', 'run', workflow]);
      await until('the run waits for a person', async () => {
        const answer = await fetch(`${env.PENSTOCK_URL}/v1/approvals`, { headers });
        return ((await answer.json()) as { items: unknown[] }).items.length === 1;
      });
      return (await messages('conversations.history', {})).find(({ blocks }) => blocks?.[1]?.type === 'actions')!;
    },
    thread: (ts: string) => messages('conversations.replies', { ts }),
    /** What Slack sends when Ana presses a button of a message. */
    async press(message: Message, action_id: string) {
      const action = message.blocks[1]!.elements!.find((element) => element.action_id === action_id);
      const payload = JSON.stringify({
        type: 'block_actions',
        trigger_id: `press of ${message.ts}`,
        user: { id: 'U1', username: 'ana' },
        message,
        actions: [action],
        response_url: responses.origin,
      });
      const body = new URLSearchParams({ payload }).toString();
      const at = String(Math.floor(ctx.clock.now() / 1000));
      const signature = createHmac('sha256', SIGNING_SECRET).update(`v0:${at}:${body}`).digest('hex');
      const answer = await fetch(`${env.PENSTOCK_URL}${new URL(url).pathname}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': at,
          'x-slack-signature': `v0=${signature}`,
        },
        body,
      });
      return answer.status;
    },
  };
}

test('a failed run is told in Slack, repaired when a person presses Repair, and its thread says so', async () => {
  const { runJob, jobOfQuery, sql, penstock, asked, press, ran, thread, workflow, repairs, replies } =
    await openApprovals();
  const job = await jobOfQuery('SELECT count(*) FROM main.default.late_table', 'Count <late> & more');
  await penstock(['workflows', 'pause', workflow]);
  await runJob(job);
  await sql('CREATE TABLE main.default.late_table (id INT)');
  await penstock(['workflows', 'resume', workflow]);
  const message = await asked();
  const before = repairs();

  const status = await press(message, 'approve');
  const [run] = await ran(workflow, 1);

  expect(JSON.stringify(message.blocks[0])).toContain('|Count &lt;late&gt; &amp; more>: FAILED');
  expect([before, status, repairs()]).toEqual([0, 200, 1]);
  expect(run!.error?.message ?? run!.status).toBe('succeeded');
  expect(replies).toMatchObject([{ replace_original: true }]);
  const [updated, reply] = await thread(message.ts);
  const said = 'Repaired 1 of 1, approved by @ana (Slack user U1).';
  expect([updated!.text, reply!.text]).toEqual([said, said]);
  expect(updated!.blocks.map(({ type }) => type)).toEqual(['section', 'context']);
});

test('a run that fails again is told with its reason, and nobody is asked about it twice', async () => {
  const { runJob, asked, press, ran, thread, workflow, repairs } = await openApprovals();
  await runJob(FAILING);
  const message = await asked();
  await press(message, 'approve');
  await ran(workflow, 1);

  const runs = await ran(workflow, 2);

  expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  expect(repairs()).toBe(1);
  const [, ...told] = await thread(message.ts);
  expect(told.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /^Repaired 0 of 1, approved by @ana \(Slack user U1\)\.\n• .*column 'amount' has text in row 17/,
    ),
  ]);
});

test('a run that a person leaves as it is is not repaired', async () => {
  const { runJob, asked, press, ran, thread, workflow, repairs } = await openApprovals();
  await runJob(FAILING);
  const message = await asked();
  await press(message, 'deny');

  const [run] = await ran(workflow, 1);

  expect([run!.error?.message ?? run!.status, repairs()]).toEqual(['succeeded', 0]);
  expect((await thread(message.ts)).at(-1)!.text).toBe('Left as is by @ana (Slack user U1).');
});

test('without a decision the buttons go, and nothing is repaired', async () => {
  const { create, penstock, looked, runJob, asked, ran, thread, workflow, repairs } = await openApprovals();
  await penstock(['workflows', 'delete', workflow, '--yes']);
  const hasty = await create('repair-after-approval.json', (text) =>
    text.replace('"timeout_seconds": 3600', '"timeout_seconds": 2'),
  );
  await looked(hasty);
  await runJob(FAILING);
  await penstock(['workflows', 'run', hasty]);
  const message = await asked();

  const [run] = await ran(hasty, 1);

  expect([run!.status, repairs()]).toEqual(['succeeded', 0]);
  const [updated] = await thread(message.ts);
  expect(updated!.text).toBe('Nobody decided in time. Nothing was repaired.');
  expect(updated!.blocks.map(({ type }) => type)).toEqual(['section', 'context']);
});
