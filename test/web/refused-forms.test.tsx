import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import type { Action, Cursor, Workflow } from 'penstock-client';
import { client } from 'penstock-client/client';
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { NewWorkflowPage } from '../../web/src/pages/builder/new-workflow.tsx';
import { UseDialog } from '../../web/src/pages/connectors/use-dialog.tsx';
import { PauseDialog } from '../../web/src/pages/workflows/pause-dialog.tsx';
import { RunDialog } from '../../web/src/pages/workflows/run-dialog.tsx';
import { SettingsTab } from '../../web/src/pages/workflows/settings/settings-tab.tsx';
import { BackfillDialog } from '../../web/src/pages/workflows/sync/backfill-dialog.tsx';
import { MoveDialog } from '../../web/src/pages/workflows/sync/move-dialog.tsx';
import { FormDriver } from './form-driver.ts';

const nothing = () => {};
const WORKFLOW = {
  id: 'wf_1',
  name: 'flights',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  latest: 1,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'send', action: 'core.webhook', linked_account: '{{ run.linked_account }}' }],
} as unknown as Workflow;
const CURSOR = { version: 1, position: { value: '9' }, paused: null } as unknown as Cursor;
const CALL = { action: 'core.webhook', account: undefined, input: {}, options: {} };

test.each<[form: string, element: ReactNode, fields: string[]]>([
  ['Run now', <RunDialog key="" workflow={WORKFLOW} onClose={nothing} />, ['/input', '/linked_account']],
  ['New workflow', <NewWorkflowPage key="" />, ['/name']],
  [
    'Use in a workflow',
    <UseDialog key="" action={{ title: 'Send' } as Action} call={CALL} onClose={nothing} />,
    ['/name'],
  ],
  ['Settings', <SettingsTab key="" workflow={WORKFLOW} />, ['/name', '/description']],
  ['New backfill', <BackfillDialog key="" id="wf_1" until="9" onClose={nothing} />, ['/after', '/until']],
  ['Move the cursor', <MoveDialog key="" workflow={WORKFLOW} cursor={CURSOR} onClose={nothing} />, ['/value', '/key']],
  ['Pause', <PauseDialog key="" id="wf_1" onClose={nothing} onDone={nothing} />, ['/reason']],
])('%s shows all of a refusal: at its fields, and what belongs to none below', async (form, element, fields) => {
  const at = (pointer: string) => [
    { pointer, message: `wrong as a whole ${pointer}` },
    { pointer: `${pointer}/0`, message: `wrong inside ${pointer}` },
  ];
  refuse([...fields.flatMap(at), { pointer: '/else/where', message: 'of no field' }]);
  await render(element, form === 'Settings' ? '/workflows/wf_1' : '/workflows/new');
  const shape = document.querySelector('form')!;
  const name = shape.querySelector<HTMLInputElement>('[aria-required="true"]');
  if (name?.value === '') await new FormDriver(shape).type(name, 'flights');

  await act(async () => void shape.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
  await vi.waitFor(() => expect(document.querySelector('[role="alert"]')).not.toBeNull());

  const shown = [...document.querySelectorAll('.field-error')].map(({ textContent }) => textContent);
  expect(shown).toEqual(fields.map((field) => `wrong as a whole ${field}; 0: wrong inside ${field}`));
  expect(document.querySelector('[role="alert"]')!.textContent).toContain('else › where: of no field');
  expect(document.activeElement!.getAttribute('aria-invalid')).toBe('true');
});

/** What is written is refused for these errors; of what is read, there is the workflow only. */
function refuse(errors: readonly { pointer: string; message: string }[]): void {
  const problem = { title: 'Not valid', detail: 'the body is not valid', hint: '', code: 'ERR_INPUT_INVALID', errors };
  const missing = { title: 'Not found', detail: 'there is none', hint: '', code: 'ERR_NOT_FOUND' };
  const answer = (request: Request) => {
    const isRead = request.method === 'GET';
    const isWorkflow = new URL(request.url).pathname === '/v1/workflows/wf_1';
    const [status, body] = isRead && isWorkflow ? [200, WORKFLOW] : isRead ? [404, missing] : [422, problem];
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  };
  const before = client.getConfig();
  client.setConfig({
    baseUrl: 'http://127.0.0.1',
    parseAs: 'text',
    fetch: (async (request: Request) => answer(request)) as typeof fetch,
  });
  onTestFinished(
    () => void client.setConfig({ baseUrl: before.baseUrl, parseAs: before.parseAs, fetch: before.fetch }),
  );
}

/** An element at an address, for a person who may do everything here. */
async function render(element: ReactNode, address: string): Promise<void> {
  const rootRoute = createRootRoute();
  const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: 'frame' });
  const routes = (['/workflows/new', '/workflows/$id'] as const).map((path) =>
    createRoute({ getParentRoute: () => frameRoute, path, component: () => element }),
  );
  const router = createRouter({
    routeTree: rootRoute.addChildren([frameRoute.addChildren(routes)]),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(['me'], { rights: ['POST /v1/workflows', 'PATCH /v1/workflows/{id}'] });
  const container = document.createElement('div');
  document.body.append(container);
  const root = createRoot(container);
  onTestFinished(async () => {
    await act(async () => root.unmount());
    container.remove();
    queries.clear();
  });
  await router.load();
  await act(async () =>
    root.render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    ),
  );
}
