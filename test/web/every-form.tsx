import type { Action } from 'penstock-client';
import type { ReactNode } from 'react';
import { placesOf } from '../../web/src/builder/document.ts';
import { createSaver } from '../../web/src/builder/saver.ts';
import { SignInForm } from '../../web/src/frame/sign-in-form.tsx';
import { ConnectDialog } from '../../web/src/pages/accounts/connect-dialog.tsx';
import { ConnectLinkDialog } from '../../web/src/pages/accounts/connect-link-dialog.tsx';
import { EditAccountDialog } from '../../web/src/pages/accounts/edit-dialog.tsx';
import { PauseDialog as PauseAccount } from '../../web/src/pages/accounts/pause-dialog.tsx';
import { ReconnectDialog } from '../../web/src/pages/accounts/reconnect-dialog.tsx';
import { type Builder, BuilderContext } from '../../web/src/pages/builder/builder-context.ts';
import { NewWorkflowPage } from '../../web/src/pages/builder/new-workflow.tsx';
import { RunDialog as RunDraftDialog } from '../../web/src/pages/builder/run-dialog.tsx';
import { Sample, TestTab } from '../../web/src/pages/builder/test-tab.tsx';
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
import { ACCOUNT, CALL, CURSOR, ENDPOINT, TENANT, WORKFLOW } from './form-answers.ts';

const nothing = () => {};
const DRAFT = {
  name: 'flights',
  trigger: { id: 'core.manual' },
  steps: [{ id: 'send', action: 'core.webhook', for_each: '{{ trigger.rows }}', input: {} }],
};
const [PLACE] = placesOf(DRAFT);
/** The draft is what the server has: saving it asks for nothing. */
const SAVER = createSaver(
  { document: DRAFT, etag: '"1"', version: 1 },
  {
    put: () => Promise.reject(new Error('it is saved')),
    read: async () => undefined,
    failureOf: (error) => ({ status: 0, message: String(error) }),
    keep: nothing,
    later: () => nothing,
  },
);
const inBuilder = (part: ReactNode) => (
  <BuilderContext value={{ workflow: WORKFLOW, document: DRAFT, saver: SAVER, close: nothing } as unknown as Builder}>
    {part}
  </BuilderContext>
);

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
  /** Writes this into its editor of JSON first. */
  json?: string;
}

const DATABRICKS = ['/host', '/workspace_id', '/token', '/expires_at'];
export const FORMS: Readonly<Record<string, Form>> = {
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
  'Run the draft once': {
    element: inBuilder(<RunDraftDialog onStarted={nothing} />),
    fields: ['/input'],
    press: 'Run once',
  },
  'Test a step': {
    element: inBuilder(<TestTab place={PLACE!} />),
    fields: ['/run', '/item'],
    others: ['Sample data'],
    press: 'Test step',
  },
  'Sample of a step': {
    element: inBuilder(<Sample step="send" label="Sample of send as JSON" />),
    fields: ['/value'],
    json: '{"n": 7}',
    press: 'Save sample',
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
