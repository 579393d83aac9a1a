import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { openApiWorkspace } from './workspace.ts';

const LINK = /approvals\/(run_[a-z0-9_.]+\.[0-9a-f]{32})/;
const FILL = 'x'.repeat(70_000);

/** Forms in which a link could be read: as it is, and what base64 and percent-encoding in the text say. */
function formsOf(text: string): string[] {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_=-]{40,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), 'base64').toString('latin1')),
  );
  return [text, decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25')), ...decoded];
}

test('a link is stored nowhere a viewer may read, in no form, and is sent in every form', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const link = '{{ run.approvals.ask }}';
  const forms = {
    link,
    text: `Please decide: ${link}!`,
    encoded: '{{ $base64encode("go to " & run.approvals.ask) }}',
    url: '{{ $encodeUrlComponent(run.approvals.ask) }}',
  };
  const steps = [
    { id: 'ask', action: 'core.approve', needs: [], input: {} },
    { id: 'inline', action: 'core.transform', needs: [], input: { value: forms } },
    { id: 'large', action: 'core.transform', needs: [], input: { value: { ...forms, fill: FILL } } },
    { id: 'events', action: 'core.list_events', needs: ['inline'], input: {} },
    { id: 'send', action: 'core.webhook', needs: ['inline'], input: { url, body: forms } },
    {
      id: 'forward',
      action: 'core.webhook',
      needs: ['inline'],
      input: {
        url: `${url}/?to={{ $encodeUrlComponent(run.approvals.ask) }}`,
        body: '{{ steps.inline.output.value }}',
      },
    },
  ];
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { name: 'ask', trigger: { id: 'core.manual' }, steps },
  });
  const { body: made } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  const run = await until('all but the approval have ended', async () => {
    const { body } = await api.send('GET', `/v1/runs/${made.id}`);
    const ended = body.steps.filter(({ status }: { status: string }) => status === 'succeeded');
    return ended.length === 5 ? body : undefined;
  });

  const viewer = await api.keyOf('viewer');
  const seen: string[] = [];
  for (const step of run.steps) {
    seen.push((await api.send('GET', `/v1/runs/${step.id}`, { key: viewer })).text);
    if (step.artifact !== undefined || step.input_artifact !== undefined)
      seen.push(
        await (
          await fetch(`${api.origin}/v1/runs/${step.id}/artifact`, { headers: { authorization: `Bearer ${viewer}` } })
        ).text(),
      );
  }
  const stream = await fetch(`${api.origin}/v1/events?after=0`, { headers: { authorization: `Bearer ${viewer}` } });
  seen.push(new TextDecoder().decode((await stream.body!.getReader().read()).value));
  const ofOperator = (
    await api.send('GET', `/v1/runs/${run.steps.find(({ step }: { step: string }) => step === 'send').id}`)
  ).text;

  expect(seen.join()).toContain('/approvals/run_');
  for (const text of seen) for (const form of formsOf(text)) expect(form).not.toMatch(LINK);
  expect(ofOperator).toMatch(LINK);
  expect(received).toHaveLength(2);
  for (const { body } of received) {
    const sent = JSON.parse(body);
    const token = LINK.exec(sent.link)![1]!;
    expect(sent).toEqual({
      link: `${api.ctx.config.publicUrl}/approvals/${token}`,
      text: `Please decide: ${sent.link}!`,
      encoded: Buffer.from(`go to ${sent.link}`).toString('base64'),
      url: encodeURIComponent(sent.link),
    });
    expect((await api.send('GET', `/approvals/${token}`, { key: null })).status).toBe(200);
  }
});

test('a link that is only shown decides nothing, and one of another tenant is not completed', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();
  const steps = [
    { id: 'ask', action: 'core.approve', needs: [], input: {} },
    { id: 'tell', action: 'core.transform', needs: [], input: { value: '{{ run.approvals.ask }}' } },
  ];
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: { name: 'ask', trigger: { id: 'core.manual' }, steps },
  });
  const { body: made } = await api.send('POST', `/v1/workflows/${workflow.id}/run`);
  const viewer = await api.keyOf('viewer');
  const shown: string = await until('it is told', async () => {
    const { body } = await api.send('GET', `/v1/runs/${made.id}.tell`, { key: viewer });
    return body.output?.value;
  });
  const other = await api.keyOf('operator', 'other');

  const page = await api.send('GET', new URL(shown).pathname, { key: null });
  await api.send('POST', '/v1/runs', {
    key: other,
    body: { action: 'core.webhook', input: { url, body: { shown } } },
    headers: { prefer: 'wait=20' },
  });

  expect(page).toMatchObject({ status: 404, text: expect.stringContaining('shows it incomplete') });
  expect(JSON.parse(received[0]!.body)).toEqual({ shown });
});
