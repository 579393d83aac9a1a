import { expect, test } from 'vitest';
import { until } from '../context.ts';
import { startEndpoint } from '../engine/webhook-endpoint.ts';
import { everythingIn } from './dump.ts';
import { openApiWorkspace } from './workspace.ts';

/** As it is, and as the expressions of these tests change it. */
const SECRET = 'tok-91f3cc07aa';
const FORMS = [SECRET, SECRET.toUpperCase(), [...SECRET].reverse().join(''), SECRET.slice(4)];
const UPPER = '$uppercase(secrets.key)';
/** The same without a name that a check can see. */
const HIDDEN_READ = `$lookup($lookup($$, "secrets"), "key")`;

interface Shown {
  id: string;
  action: string;
  status: string;
}

type ShownRun = Shown & { workflow: string; steps: Shown[]; concurrency_key?: string };

type Api = Awaited<ReturnType<typeof openApiWorkspace>>;

/** Runs a workflow to its end, and gives all that a viewer may read of it, and all that is stored. */
async function everythingOf(api: Api, workflow: object, input: object = {}): Promise<{ run: ShownRun; seen: string }> {
  const made = await api.send('POST', '/v1/workflows', {
    body: { name: 'w', trigger: { id: 'core.manual' }, secrets: { key: SECRET }, ...workflow },
  });
  expect(made).toMatchObject({ status: 201 });
  const { body: started } = await api.send('POST', `/v1/workflows/${made.body.id}/run`, { body: { input } });
  const run = await until('it ended, or waits for a person', async () => {
    const { body } = await api.send('GET', `/v1/runs/${started.id}`);
    const asks = body.steps.some(({ action, status }: Shown) => action === 'core.approve' && status === 'waiting');
    return asks || ['failed', 'succeeded'].includes(body.status) ? body : undefined;
  });
  return { run, seen: await seenBy(api, run) };
}

async function seenBy(api: Api, run: ShownRun): Promise<string> {
  const key = await api.keyOf('viewer');
  const paths = [
    ...[run, ...run.steps].map(({ id }: { id: string }) => `/v1/runs/${id}`),
    '/v1/runs',
    '/v1/runs/causes',
    '/v1/approvals',
    `/v1/workflows/${run.workflow}`,
  ];
  const answers = await Promise.all(paths.map((path) => api.send('GET', path, { key })));
  const headers = { accept: 'application/json' };
  const events = await api.send('GET', '/v1/events', { key, headers });
  return [...answers, events].map(({ text }) => text).join('\n') + (await everythingIn(api.ctx));
}

/** The forms of the secret that a text has in it. */
function shownIn(text: string): string[] {
  return FORMS.filter((form) => text.includes(form));
}

function expectHidden(seen: string): void {
  expect(shownIn(seen)).toEqual([]);
}

const FAILURES: [what: string, step: object][] = [
  ['the text of an if', { if: '{{ secrets.key }}', action: 'core.transform', input: { value: 1 } }],
  ['a changed text of an if', { if: `{{ ${UPPER} }}`, action: 'core.transform', input: { value: 1 } }],
  ['a cast that fails', { action: 'core.transform', input: { value: '{{ $number(secrets.key) }}' } }],
  ['a changed value in a cast that fails', { action: 'core.transform', input: { value: `{{ $number(${UPPER}) }}` } }],
  ['an error of its own', { action: 'core.transform', input: { value: `{{ $error("x " & ${UPPER}) }}` } }],
  ['an assertion', { action: 'core.transform', input: { value: `{{ $assert(false, ${UPPER}) }}` } }],
  ['a read that no name shows', { action: 'core.transform', input: { value: `{{ $error(${HIDDEN_READ}) }}` } }],
  ['an input that does not fit', { action: 'core.delay', input: { until: `{{ ${UPPER} }}` } }],
  [
    'items that cannot be made',
    { for_each: { items: `{{ $number(${UPPER}) }}` }, action: 'core.transform', input: { value: 1 } },
  ],
  [
    'a message of a failure that no name shows',
    { action: 'core.fail', input: { message: `{{ $uppercase(${HIDDEN_READ}) }}` } },
  ],
  ['a workflow that is not there', { action: 'core.run_workflow', input: { workflow: `{{ ${UPPER} }}` } }],
];

test('a failure says nothing of a secret, however an expression comes to it', async () => {
  const api = await openApiWorkspace();
  const ended: unknown[] = [];

  for (const [what, step] of FAILURES) {
    const { run, seen } = await everythingOf(api, { name: what, steps: [{ id: 'a', ...step }] });
    ended.push([what, run.status, shownIn(seen)]);
  }

  expect(ended).toEqual(FAILURES.map(([what]) => [what, 'failed', []]));
});

test('run.error says nothing of a secret to the steps of on_failure', async () => {
  const { url, received } = await startEndpoint();
  const api = await openApiWorkspace();

  const { seen } = await everythingOf(api, {
    steps: [{ id: 'a', action: 'core.transform', input: { value: `{{ $number(${UPPER}) }}` } }],
    on_failure: { steps: [{ id: 'tell', action: 'core.webhook', input: { url, body: '{{ run.error }}' } }] },
  });
  await until('it was told', () => received.length === 1);

  expectHidden(seen + received[0]!.body);
  expect(received[0]!.body).toContain('ERR_EXPRESSION');
});

test('a secret is refused in what people are shown: messages, hints and concurrency keys', async () => {
  const api = await openApiWorkspace({ worker: false });
  const shown = 'go {{ secrets.key }}';
  const stepOf = (action: string, input: object) => ({ steps: [{ id: 'a', action, input }] });
  const keyOf = (concurrency_key: string) => ({ ...stepOf('core.transform', { value: 1 }), concurrency_key });
  const cases: [pointer: string, workflow: object][] = [
    ['/steps/0/input/message', stepOf('core.approve', { message: shown })],
    ['/steps/0/input/message', stepOf('core.fail', { message: shown })],
    ['/steps/0/input/hint', stepOf('core.fail', { message: 'm', hint: shown })],
    ['/concurrency_key', keyOf('{{ secrets.key }}')],
    ['/concurrency_key', keyOf('{{ secrets }}')],
    ['/concurrency_key', keyOf('a-{{ $uppercase(secrets.key) }}')],
  ];

  for (const [pointer, workflow] of cases) {
    const body = { name: 'w', trigger: { id: 'core.manual' }, secrets: { key: SECRET }, ...workflow };
    expect(await api.send('POST', '/v1/workflows', { body })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer, message: expect.stringMatching(/^reads "secrets", .*shown/) }] },
    });
  }
});

test('a concurrency key that is a secret header is shown and stored as a digest, the same for the same header', async () => {
  const api = await openApiWorkspace();
  const { body: workflow } = await api.send('POST', '/v1/workflows', {
    body: {
      name: 'hook',
      trigger: { id: 'core.incoming_webhook' },
      concurrency_key: '{{ trigger.headers.`x-gitlab-token` }}',
      steps: [{ id: 'a', action: 'core.transform', input: { value: 1 } }],
    },
  });
  const run = async (token: string) => {
    const headers = { 'x-gitlab-token': token };
    const { body } = await api.send('POST', new URL(workflow.url).pathname, { key: null, headers, body: {} });
    return (await api.send('GET', `/v1/runs/${body.run}`, { headers: { prefer: 'wait=20' } })).body;
  };

  const runs = [await run(SECRET), await run(SECRET), await run('another')];

  const [first, second, other] = runs.map(({ concurrency_key }) => concurrency_key);
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect([second === first, other === first]).toEqual([true, false]);
  for (const each of runs) expectHidden(await seenBy(api, each));
});

test('the message of an approval shows no secret that no name shows, nor a header of a webhook', async () => {
  const api = await openApiWorkspace();

  const { seen } = await everythingOf(api, {
    steps: [{ id: 'a', action: 'core.approve', input: { message: `Go, {{ $uppercase(${HIDDEN_READ}) }}?` } }],
  });

  expectHidden(seen);
  expect(seen.includes('approval.requested')).toBe(true);
});
