import { registrationCommand } from '../../engine/credentials/oauth/oauth-app-registration.ts';
import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option, optionList } from '../command.ts';
import { LOGIN_PORT, loopbackUrl } from '../loopback.ts';
import { CliError, UsageError } from '../problem.ts';
import { readSecret, SECRET_OPTIONS } from '../secret.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

const TEMPLATE = 'databricks';

/** OAuth apps: what an administrator registers at the service, so that people can sign in. */
export const OAUTH_APP_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'oauth-app list',
    isDefault: true,
    text: 'lists the OAuth apps',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/oauth_apps', {
        none: 'No OAuth apps. Make one with: npx penstock oauth-app create NAME',
        columns: {
          NAME: (app) => app.name,
          ID: (app) => app.id,
          HOST: (app) => app.host,
          CLIENT: (app) => app.client_id,
          KIND: (app) => (app.confidential ? 'confidential' : 'public'),
          CREATED: (app) => time(app.created_at),
        },
      }),
  },
  {
    usage: 'oauth-app create <name>',
    text: 'prints the command that registers an app at Databricks; with the client id that it answers, stores the app',
    options: [
      { flags: '--template <template>', text: `what it is made of (${TEMPLATE})` },
      { flags: '--host <url>', text: 'the workspace where people sign in' },
      { flags: '--account-id <id>', text: 'the Databricks account, in place of a workspace' },
      { flags: '--client-id <id>', text: 'what Databricks gave the app; without it nothing is stored' },
      { flags: '--confidential', text: 'the app has a client secret, which is asked for' },
      ...SECRET_OPTIONS,
      { flags: '--scope <scope>', text: 'a scope, selectable or custom (all-apis; may be repeated)', isList: true },
      {
        flags: '--return-url <url>',
        text: 'where a browser may be sent after a login (may be repeated)',
        isList: true,
      },
      { flags: '--terminal', text: `register ${loopbackUrl(LOGIN_PORT)}, too, for "penstock auth login"` },
    ],
    examples: [
      'npx penstock oauth-app create acme --confidential',
      'npx penstock oauth-app create acme --host https://… --client-id … --confidential --secret-file secret.txt',
    ],
    run: create,
  },
  {
    usage: 'oauth-app update <app>',
    text: 'changes what is given of an OAuth app; logins made through it go on',
    options: [
      { flags: '--name <name>', text: 'a new name' },
      { flags: '--new-secret', text: 'a new client secret, which is asked for' },
      ...SECRET_OPTIONS,
      { flags: '--scope <scope>', text: 'the scopes of logins to come (may be repeated)', isList: true },
      { flags: '--return-url <url>', text: 'where a browser may be sent (may be repeated)', isList: true },
    ],
    examples: ['npx penstock oauth-app update acme --secret-file secret.txt'],
    run: update,
  },
  { usage: 'oauth-app show <app>', text: 'shows an OAuth app, never its secret', run: show },
  { usage: 'oauth-app delete <app>', text: 'deletes an OAuth app that no authentication uses', run: remove },
];

async function create(call: Call): Promise<void> {
  const [name, clientId] = [call.args[0]!, option(call, 'clientId')];
  if (clientId === undefined) return printRegistration(call, name);
  const [host, accountId] = [option(call, 'host'), option(call, 'accountId')];
  if (host === undefined && accountId === undefined)
    throw new UsageError('an app needs --host or --account-id', 'Give the workspace, or the Databricks account.');
  const hasSecret = isConfidential(call);
  const app = await call.client.call('POST', '/v1/oauth_apps', {
    body: {
      name,
      template: option(call, 'template') ?? TEMPLATE,
      host,
      account_id: accountId,
      client_id: clientId,
      client_secret: hasSecret ? await readSecret(call, 'client secret') : undefined,
      scopes: call.options.scope,
      return_urls: call.options.returnUrl,
    },
  });
  printAnswer(call, app, () => {
    print(call.shell, `Stored ${app.name} (${app.id}), ${app.confidential ? 'confidential' : 'public'}.`);
    print(call.shell, `Its redirect URL, to be registered at Databricks letter by letter: ${app.redirect_url}`);
    print(call.shell, `Sign in with: npx penstock auth login --app ${app.name} --account ACCOUNT`);
  });
}

/** What the administrator runs first: the service gives out the client id. */
async function printRegistration(call: Call, name: string): Promise<void> {
  const wanted = option(call, 'template') ?? TEMPLATE;
  const { items } = (await call.client.call('GET', '/v1/oauth_app_templates')) as { items: Json[] };
  const template = items.find(({ id }) => id === wanted);
  if (template === undefined)
    throw new CliError(`there is no template "${wanted}"`, `There is ${items.map(({ id }) => id).join(', ')}.`);
  const chosen = optionList(call, 'scope');
  const scopes = [
    ...new Set([...(chosen.length > 0 ? chosen : template.default_scopes), ...template.mandatory_scopes]),
  ];
  const terminal = call.options.terminal === true ? [loopbackUrl(LOGIN_PORT)] : [];
  const redirectUrls = [template.redirect_url, ...terminal] as string[];
  const confidential = isConfidential(call);
  const command = registrationCommand({ name, redirectUrls, scopes, confidential });
  printAnswer(call, { redirect_urls: redirectUrls, scopes, registration_command: command }, () => {
    note(call.shell, 'Nothing is stored yet. An administrator of the Databricks account runs this first:');
    print(call.shell, command);
    note(call.shell, `Redirect URL: ${redirectUrls.join(', ')}`);
    note(call.shell, 'Then store the client id that it answers with:');
    const secret = confidential ? ' --confidential' : '';
    note(call.shell, `  npx penstock oauth-app create ${name} --host https://YOUR-WORKSPACE --client-id ID${secret}`);
  });
}

async function update(call: Call): Promise<void> {
  const { newSecret, secretFile, secretEnv, scope, returnUrl } = call.options;
  const hasSecret = newSecret === true || secretFile !== undefined || secretEnv !== undefined;
  const name = option(call, 'name');
  if (!hasSecret && name === undefined && scope === undefined && returnUrl === undefined)
    throw new UsageError('nothing is to be changed', 'Give --name, --new-secret, --scope or --return-url.');
  const app = await call.client.call('PATCH', path`/v1/oauth_apps/${call.args[0]!}`, {
    body: {
      name,
      client_secret: hasSecret ? await readSecret(call, 'client secret') : undefined,
      scopes: scope,
      return_urls: returnUrl,
    },
  });
  printAnswer(call, app, () => print(call.shell, `Changed ${app.name} (${app.id}).`));
}

async function show(call: Call): Promise<void> {
  const app = await call.client.call('GET', path`/v1/oauth_apps/${call.args[0]!}`);
  printAnswer(call, app, () => printFields(call.shell, app));
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/oauth_apps/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}

/** Whoever says where a secret is has one. */
function isConfidential(call: Call): boolean {
  const { confidential, secretFile, secretEnv } = call.options;
  return confidential === true || secretFile !== undefined || secretEnv !== undefined;
}
