import { join } from 'node:path';
import type {
  Action,
  ApiKey,
  Cursor,
  LinkedAccount,
  OAuthApp,
  Tenant,
  WebhookEndpoint,
  Workflow,
} from 'penstock-client';
import { act, type ReactNode } from 'react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import openapi from '../../docs/reference/openapi.json' with { type: 'json' };
import { SERVICES } from '../../services/registry.ts';
import { SignInForm } from '../../web/src/frame/sign-in-form.tsx';
import { ConnectDialog } from '../../web/src/pages/accounts/connect-dialog.tsx';
import { ConnectLinkDialog } from '../../web/src/pages/accounts/connect-link-dialog.tsx';
import { EditAccountDialog } from '../../web/src/pages/accounts/edit-dialog.tsx';
import { PauseDialog as PauseAccount } from '../../web/src/pages/accounts/pause-dialog.tsx';
import { ReconnectDialog } from '../../web/src/pages/accounts/reconnect-dialog.tsx';
import { NewWorkflowPage } from '../../web/src/pages/builder/new-workflow.tsx';
import { ActionPage } from '../../web/src/pages/connectors/action.tsx';
import { UseDialog } from '../../web/src/pages/connectors/use-dialog.tsx';
import FirstQuery from '../../web/src/pages/home/first-query.tsx';
import { NewReplayPage } from '../../web/src/pages/replays/new.tsx';
import { ReplayRunPage } from '../../web/src/pages/replays/replay.tsx';
import { DecideDialog } from '../../web/src/pages/runs/run-buttons.tsx';
import { CreateKeyDialog, EditKeyDialog } from '../../web/src/pages/settings/api-key-dialogs.tsx';
import { CreateAppDialog } from '../../web/src/pages/settings/create-app-dialog.tsx';
import {
  CreateEndpointDialog,
  EditEndpointDialog,
  NewSecretDialog,
} from '../../web/src/pages/settings/endpoint-dialogs.tsx';
import { AppDialog } from '../../web/src/pages/settings/oauth-app-dialogs.tsx';
import { EditTenantDialog } from '../../web/src/pages/settings/tenant.tsx';
import { PauseDialog } from '../../web/src/pages/workflows/pause-dialog.tsx';
import { RunDialog } from '../../web/src/pages/workflows/run-dialog.tsx';
import { SettingsTab } from '../../web/src/pages/workflows/settings/settings-tab.tsx';
import { BackfillDialog } from '../../web/src/pages/workflows/sync/backfill-dialog.tsx';
import { MoveDialog } from '../../web/src/pages/workflows/sync/move-dialog.tsx';
import { FormDriver } from './form-driver.ts';
import { answer, renderPage, until } from './render-page.tsx';

const nothing = () => {};
const { connectors: loaded } = await loadManifests(join(import.meta.dirname, '../../manifests'), {
  services: SERVICES,
});
const CONNECTORS = [...loaded.values()].map(({ id, manifest: { title, connection, auth } }) => ({
  id,
  title,
  connection,
  auth,
}));
const RIGHTS = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

const AT = '2026-01-01T00:00:00Z';
const WORKFLOW = {
  id: 'wf_1',
  name: 'flights',
  created_at: AT,
  updated_at: AT,
  latest: 1,
  trigger: { id: 'core.manual' },
  steps: [{ id: 'send', action: 'core.webhook', linked_account: '{{ run.linked_account }}' }],
} as unknown as Workflow;
const CURSOR = { version: 1, position: { value: '9' }, paused: null } as unknown as Cursor;
const CALL = { action: 'core.webhook', account: undefined, input: {}, options: {} };
const ACCOUNT = { id: 'acc_1', name: 'demo', connector: 'databricks', host: 'https://example.com' } as LinkedAccount;
const KEY = { id: 'key_1', name: 'deploy', role: 'viewer' } as ApiKey;
const TENANT = {
  name: 'default',
  return_urls: [],
  one_account_per_workspace: false,
  require_warehouse: false,
} as unknown as Tenant;
const ENDPOINT = { id: 'whk_1', url: 'https://example.com', types: ['run.failed'] } as WebhookEndpoint;
const APP = {
  id: 'app_1',
  name: 'people',
  template: 'databricks',
  host: 'https://example.com',
  redirect_url: 'https://example.com/oauth/callback',
  client_id: 'client',
  scopes: [],
  mandatory_scopes: [],
  selectable_scopes: [],
  return_urls: [],
} as unknown as OAuthApp;
const ACTION = {
  id: 'core.nested',
  title: 'Nested',
  description: 'For tests.',
  connector: 'databricks',
  effect: 'safe',
  destructive: false,
  examples: [{ title: 'filled', input: { name: 'a', list: [{ inner: 'b' }], object: { deep: 'c' } } }],
  input: {
    type: 'object',
    properties: {
      name: { title: 'Name', type: 'string' },
      list: {
        title: 'List',
        type: 'array',
        items: { title: 'Item', type: 'object', properties: { inner: { title: 'Inner', type: 'string' } } },
      },
      object: {
        title: 'Object',
        type: 'object',
        properties: { deep: { title: 'Deep', type: 'string' } },
        'x-ui': { level: 'advanced' },
      },
    },
  },
};
const authentication = (id: string, kind: string) => ({
  id,
  kind,
  name: 'token',
  linked_account: 'acc_1',
  host: 'https://example.com',
  status: 'active',
  oauth_app: 'app_1',
});
const RUN = {
  id: 'run_1',
  kind: 'action',
  action: 'core.nested',
  status: 'succeeded',
  created_at: AT,
  input: { a: 1 },
};

/** What is read, by path; lists have one page. */
const READS: Readonly<Record<string, unknown>> = {
  '/v1/workflows/wf_1': WORKFLOW,
  '/v1/connectors': { items: CONNECTORS },
  '/v1/linked_accounts': { items: [ACCOUNT, { ...ACCOUNT, id: 'acc_2', name: 'other' }] },
  '/v1/linked_accounts/acc_1/authentications': { items: [] },
  '/v1/linked_accounts/acc_1/authentications/auth_1': authentication('auth_1', 'pat'),
  '/v1/linked_accounts/acc_1/authentications/auth_2': authentication('auth_2', 'oauth_u2m'),
  '/v1/oauth_apps': { items: [APP, { ...APP, id: 'app_2', name: 'others' }] },
  '/v1/oauth_apps/app_1': APP,
  '/v1/oauth_app_templates': {
    items: ['databricks', 'slack'].map((id) => ({
      id,
      title: id,
      redirect_url: 'https://example.com',
      selectable_scopes: [],
    })),
  },
  '/v1/api_keys/key_1': KEY,
  '/v1/actions/core.nested': ACTION,
  '/v1/actions': { items: [] },
  '/v1/triggers': { items: [] },
  '/v1/workflows': { items: [] },
  '/v1/runs/run_1': RUN,
};
const PREVIEWS: Readonly<Record<string, unknown>> = {
  '/v1/runs/run_1/replay': {
    steps: [{ action: 'core.nested', what: 'again', repeats: 0, effect: 'safe' }],
    repeats: 0,
    confirm: 'c',
  },
  '/v1/runs/replay': {
    total: 1,
    confirm: 'c',
    effects: { safe: 1, idempotent: 0, token: 0, once: 0 },
    actions: [],
    refused: { count: 0, reasons: [] },
    runs: [],
  },
};

interface Form {
  element: ReactNode;
  /** JSON pointers of its fields. */
  fields: string[];
  /** What it has beside the fields of the request: what a person confirms or chooses for the page only. */
  others?: string[];
  address?: string;
  /** The button that sends it, where it is no `<form>`. */
  press?: string;
  /** Presses these first. */
  first?: string[];
}

const DATABRICKS = ['/host', '/workspace_id', '/token', '/expires_at'];
const FORMS: Readonly<Record<string, Form>> = {
  'Sign in': { element: <SignInForm onSignedIn={nothing} />, fields: ['/key'] },
  'Run now': { element: <RunDialog workflow={WORKFLOW} onClose={nothing} />, fields: ['/input', '/linked_account'] },
  'New workflow': {
    element: <NewWorkflowPage />,
    address: '/workflows/new',
    fields: ['/name'],
    others: ['Start with', 'Or with an example', 'Or from a file'],
  },
  'Use in a workflow': {
    element: <UseDialog action={{ title: 'Send' } as Action} call={CALL} onClose={nothing} />,
    fields: ['/name'],
  },
  'Settings of a workflow': {
    element: <SettingsTab workflow={WORKFLOW} />,
    address: '/workflows/wf_1',
    fields: ['/name', '/description'],
  },
  'New backfill': {
    element: <BackfillDialog id="wf_1" until="9" onClose={nothing} />,
    fields: ['/after', '/until'],
  },
  'Move the cursor': {
    element: <MoveDialog workflow={WORKFLOW} cursor={CURSOR} onClose={nothing} />,
    fields: ['/value', '/key'],
    others: ['Where to'],
  },
  'Pause a workflow': { element: <PauseDialog id="wf_1" onClose={nothing} onDone={nothing} />, fields: ['/reason'] },
  'Approve a run': {
    element: <DecideDialog id="run_1" decision="approve" onClose={nothing} />,
    fields: ['/comment'],
  },
  'Replay a run': {
    element: <ReplayRunPage />,
    address: '/runs/run_1/replay?input=edited',
    fields: ['/from', '/version', '/input'],
    others: ['With which input'],
    press: 'Replay 1 step',
  },
  'Replay runs': {
    element: <NewReplayPage />,
    address: '/replays/new?runs=run_1',
    fields: ['/from', '/version', '/per_second'],
    press: 'Replay 1 run',
  },
  'Run an action': {
    element: <ActionPage />,
    address: '/actions/core.nested?account=demo',
    fields: [
      '/linked_account',
      '/input/name',
      '/input/list',
      '/input/list/0/inner',
      '/input/object',
      '/input/object/deep',
    ],
    first: ['filled'],
    press: 'Run',
  },
  'A first query': { element: <FirstQuery account="demo" />, fields: ['/input/statement'], press: 'Run query' },
  'Connect account by a token': {
    element: <ConnectDialog connector="databricks" kind="pat" onChoose={nothing} onClose={nothing} />,
    fields: [
      '/connector',
      '/authentication/kind',
      '/name',
      '/default_warehouse_id',
      ...DATABRICKS.map((name) => `/authentication${name}`),
      '/authentication/test',
    ],
  },
  'Connect account by a sign-in': {
    element: <ConnectDialog connector="databricks" kind="oauth_u2m" onChoose={nothing} onClose={nothing} />,
    fields: ['/connector', '/authentication/kind', '/name', '/default_warehouse_id', '/oauth_app'],
  },
  'Add authentication': {
    element: <ConnectDialog account={ACCOUNT} connector={undefined} kind="pat" onChoose={nothing} onClose={nothing} />,
    fields: ['/kind', '/name', ...DATABRICKS, '/test'],
  },
  'Edit account': {
    element: <EditAccountDialog account={ACCOUNT} onClose={nothing} />,
    fields: ['/name', '/default_warehouse_id', '/limits/per_second', '/limits/concurrent', '/metadata'],
  },
  'Pause account': { element: <PauseAccount account={ACCOUNT} onClose={nothing} />, fields: ['/reason'] },
  'Reconnect by a token': {
    element: <ReconnectDialog account={ACCOUNT} id="auth_1" onClose={nothing} />,
    fields: ['/token', '/expires_at', '/test'],
  },
  'Reconnect by a sign-in': {
    element: <ReconnectDialog account={ACCOUNT} id="auth_2" onClose={nothing} />,
    fields: ['/oauth_app'],
  },
  'Connect link': {
    element: <ConnectLinkDialog account={ACCOUNT} onClose={nothing} />,
    fields: ['/oauth_app', '/expires_in_seconds'],
  },
  'Create API key': { element: <CreateKeyDialog onClose={nothing} />, fields: ['/name', '/role', '/expires_at'] },
  'Edit API key': {
    element: <EditKeyDialog id="key_1" isOwn={false} onClose={nothing} />,
    fields: ['/name', '/role'],
  },
  'Edit own API key': { element: <EditKeyDialog id="key_1" isOwn onClose={nothing} />, fields: ['/name'] },
  'Edit tenant': {
    element: <EditTenantDialog before={TENANT} onClose={nothing} />,
    fields: ['/name', '/one_account_per_workspace', '/require_warehouse', '/return_urls'],
  },
  'Add webhook endpoint': {
    element: <CreateEndpointDialog onClose={nothing} onOpen={nothing} />,
    fields: ['/url', '/types'],
  },
  'Edit webhook endpoint': {
    element: <EditEndpointDialog endpoint={{ ...ENDPOINT, types: undefined } as never} onClose={nothing} />,
    fields: ['/url', '/types'],
  },
  'New signing secret': {
    element: <NewSecretDialog endpoint={ENDPOINT} onClose={nothing} />,
    fields: ['/overlap_seconds'],
  },
  'Add OAuth app': {
    element: <CreateAppDialog connector="databricks" onClose={nothing} />,
    fields: ['/template', '/name', '/host', '/account_id', '/client_id', '/client_secret', '/scopes', '/return_urls'],
  },
  'Edit OAuth app': {
    element: <AppDialog id="app_1" onClose={nothing} />,
    fields: ['/name', '/client_secret', '/scopes', '/return_urls'],
  },
};

test.each(Object.entries(FORMS))(
  '"%s" shows all of a refusal where it belongs, and keeps what was typed',
  async (_, form) => {
    const { element, fields, others = [], address = '/', press, first = [] } = form;
    let refusal: Refusal = notValid(fields);
    answer(({ method, path, body }) => {
      const { dry_run: isPreview, confirm } = (body ?? {}) as { dry_run?: boolean; confirm?: string };
      if (method === 'GET') return read(READS[path]);
      if (path in PREVIEWS && (isPreview === true || confirm === undefined)) return read(PREVIEWS[path]);
      return { status: refusal.status, body: refusal };
    });
    vi.spyOn(window, 'open').mockReturnValue(null);
    onTestFinished(() => void vi.restoreAllMocks());
    await renderPage(element, address, RIGHTS);
    await until(() => isReady(press));
    const shown = press === undefined ? document.querySelector('form')! : document.body;
    const driver = new FormDriver(document.body);
    for (const name of first) await driver.press(name);
    for (const input of shown.querySelectorAll<HTMLInputElement>('input, textarea')) {
      if (input.value === '' && !input.disabled && TYPED.includes(input.type)) await driver.type(input, textFor(input));
    }
    const typed = valuesOf(shown);
    const send = async () => {
      if (press !== undefined) await driver.press(press);
      else await act(async () => void shown.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
      await until(() => alerts().includes(refusal.detail));
    };

    await send();

    expect(errorsShown(shown).sort()).toEqual(fields.map((field) => `wrong at ${field}`).sort());
    expect(fieldsWithoutError(shown).sort()).toEqual([...others].sort());
    expect(alerts()).toContain('else › where: of no field');
    expect(shown.querySelector('[data-invalid], [aria-invalid="true"]')!.contains(document.activeElement)).toBe(true);
    for (const status of [403, 503, 409]) {
      refusal = plain(status);
      await send();
      expect(errorsShown(shown)).toEqual([]);
      expect(valuesOf(shown)).toEqual(typed);
    }
  },
);

const TYPED = ['text', 'password', 'url', 'email', 'datetime-local', 'textarea'];

interface Refusal {
  status: number;
  title: string;
  detail: string;
  hint: string;
  code: string;
  errors?: { pointer: string; message: string }[];
}

function notValid(fields: readonly string[]): Refusal {
  const errors = [
    ...fields.map((pointer) => ({ pointer, message: `wrong at ${pointer}` })),
    { pointer: '/else/where', message: 'of no field' },
  ];
  const detail = 'The body is not valid.';
  return { status: 422, title: 'Not valid', detail, hint: '', code: 'ERR_INPUT_INVALID', errors };
}

function plain(status: number): Refusal {
  return { status, title: 'Refused', detail: `Refused with ${status}.`, hint: 'Try later.', code: 'ERR_CONFLICT' };
}

function read(body: unknown): { status: number; body: unknown } {
  const missing = { title: 'Not found', detail: 'there is none', hint: '', code: 'ERR_NOT_FOUND' };
  return body === undefined ? { status: 404, body: missing } : { status: 200, body };
}

function isReady(press: string | undefined): boolean {
  if (press === undefined) return document.querySelector('form') !== null;
  return [...document.querySelectorAll('button')].some(({ textContent }) => textContent?.trim() === press);
}

function textFor({ type }: HTMLInputElement): string {
  return type === 'datetime-local' ? '2027-01-01T00:00' : 'typed';
}

function alerts(): string {
  return [...document.querySelectorAll('[role="alert"]')].map(({ textContent }) => textContent).join('\n');
}

/** What stands at fields. */
function errorsShown(scope: HTMLElement): string[] {
  return [...scope.querySelectorAll('.field-error')]
    .filter(({ textContent }) => textContent !== '')
    .map(({ textContent }) => textContent!);
}

const FIELD = '.field, .radio-group, .check, .form-field';

/** The names of the fields that say of nothing that it is wrong. */
function fieldsWithoutError(scope: HTMLElement): string[] {
  const isWrong = (field: Element) =>
    field.matches('[data-invalid], [aria-invalid="true"]') ||
    field.querySelector('[data-invalid], [aria-invalid="true"]') !== null;
  return [...scope.querySelectorAll(FIELD)]
    .filter((field) => !isWrong(field))
    .map((field) => (field.querySelector('label, h2, .form-title') ?? field).textContent!.trim());
}

function valuesOf(scope: HTMLElement): string[] {
  return [...scope.querySelectorAll<HTMLInputElement>('input, textarea, select')].map(
    ({ value, checked }) => `${value} ${checked}`,
  );
}
