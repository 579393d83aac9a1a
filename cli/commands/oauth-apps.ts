import { SERVICES } from '../../services/registry.ts';
import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option, optionList } from '../command.ts';
import { fieldsOf } from '../fields.ts';
import { LOGIN_PORT, loopbackUrl } from '../loopback.ts';
import { CliError, UsageError } from '../problem.ts';
import { readSecret, SECRET_OPTIONS } from '../secret.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** OAuth apps: what an administrator registers at the service, so that people can sign in. */
export const OAUTH_APP_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'oauth-apps list',
    isDefault: true,
    text: 'List OAuth apps',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/oauth_apps', {
        none: 'No OAuth apps. Create one with: npx penstock oauth-apps create NAME',
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
    usage: 'oauth-apps create <name>',
    text: 'Print the command that registers an app at the service; with the resulting client id, store the app',
    options: [
      { flags: '--template <template>', text: 'connector whose login it is for (default: the default connector)' },
      { flags: '--field <key=value>', text: 'another field of the login (repeatable)', isList: true },
      { flags: '--host <url>', text: 'the workspace URL where people sign in' },
      { flags: '--account-id <id>', text: 'the account at the service, instead of a workspace' },
      { flags: '--client-id <id>', text: 'client id from the service; without it, nothing is stored' },
      { flags: '--confidential', text: 'the app has a client secret; you are prompted for it' },
      ...SECRET_OPTIONS,
      { flags: '--scope <scope>', text: 'a selectable or custom scope (default: all-apis; repeatable)', isList: true },
      {
        flags: '--return-url <url>',
        text: 'allowed return URL after a login (repeatable)',
        isList: true,
      },
      { flags: '--terminal', text: `also register ${loopbackUrl(LOGIN_PORT)} for "penstock auth login"` },
    ],
    examples: [
      'npx penstock oauth-apps create acme --confidential',
      'npx penstock oauth-apps create acme --host https://… --client-id … --confidential --secret-file secret.txt',
    ],
    run: create,
  },
  {
    usage: 'oauth-apps update <app>',
    text: 'Update an OAuth app; existing logins keep working',
    options: [
      { flags: '--name <name>', text: 'a new name' },
      { flags: '--new-secret', text: 'set a new client secret; you are prompted for it' },
      ...SECRET_OPTIONS,
      { flags: '--scope <scope>', text: 'scopes of future logins (repeatable)', isList: true },
      { flags: '--return-url <url>', text: 'allowed return URL (repeatable)', isList: true },
    ],
    examples: ['npx penstock oauth-apps update acme --secret-file secret.txt'],
    run: update,
  },
  { usage: 'oauth-apps show <app>', text: 'Show an OAuth app (never its secret)', run: show },
  { usage: 'oauth-apps delete <app>', text: 'Delete an OAuth app that no authentication uses', run: remove },
];

async function create(call: Call): Promise<void> {
  const [name, clientId] = [call.args[0]!, option(call, 'clientId')];
  if (clientId === undefined) return printRegistration(call, name);
  const [host, accountId] = [option(call, 'host'), option(call, 'accountId')];
  if (host === undefined && accountId === undefined && option(call, 'template') === undefined)
    throw new UsageError(
      'an app requires --host or --account-id',
      'Pass the workspace URL or the id of the account at the service.',
    );
  const hasSecret = isConfidential(call);
  const app = await call.client.call('POST', '/v1/oauth_apps', {
    body: {
      name,
      template: option(call, 'template'),
      ...fieldsOf(call),
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
    print(call.shell, `Register exactly this redirect URL at the service: ${app.redirect_url}`);
    print(call.shell, `Sign in with: npx penstock auth login --app ${app.name} --account ACCOUNT`);
  });
}

/** What the administrator runs first: the service gives out the client id. */
async function printRegistration(call: Call, name: string): Promise<void> {
  const wanted = option(call, 'template');
  const { items } = (await call.client.call('GET', '/v1/oauth_app_templates')) as { items: Json[] };
  const template = items.find(({ id }) =>
    wanted === undefined ? SERVICES.get(id)?.registrationCommand !== undefined : id === wanted,
  );
  if (template === undefined)
    throw new CliError(
      `there is no template "${wanted ?? ''}"`,
      `Available templates: ${items.map(({ id }) => id).join(', ')}.`,
    );
  const chosen = optionList(call, 'scope');
  const scopes = [
    ...new Set([...(chosen.length > 0 ? chosen : template.default_scopes), ...template.mandatory_scopes]),
  ];
  const terminal = call.options.terminal === true ? [loopbackUrl(LOGIN_PORT)] : [];
  const redirectUrls = [template.redirect_url, ...terminal] as string[];
  const confidential = isConfidential(call);
  const command = SERVICES.get(template.id)?.registrationCommand?.({ name, redirectUrls, scopes, confidential });
  if (command === undefined) {
    printAnswer(call, { redirect_urls: redirectUrls, scopes }, () => {
      note(call.shell, `Nothing is stored yet. Register an app at ${template.title} with this redirect URL:`);
      print(call.shell, redirectUrls.join(', '));
      note(call.shell, `Scopes: ${scopes.join(' ')}. Then store its client id with --client-id.`);
    });
    return;
  }
  printAnswer(call, { redirect_urls: redirectUrls, scopes, registration_command: command }, () => {
    note(call.shell, 'Nothing is stored yet. First, an administrator of the account at the service runs:');
    print(call.shell, command);
    note(call.shell, `Redirect URL: ${redirectUrls.join(', ')}`);
    note(call.shell, 'Then store the client id from its output:');
    const secret = confidential ? ' --confidential' : '';
    note(call.shell, `  npx penstock oauth-apps create ${name} --host https://YOUR-WORKSPACE --client-id ID${secret}`);
  });
}

async function update(call: Call): Promise<void> {
  const { newSecret, secretFile, secretEnv, scope, returnUrl } = call.options;
  const hasSecret = newSecret === true || secretFile !== undefined || secretEnv !== undefined;
  const name = option(call, 'name');
  if (!hasSecret && name === undefined && scope === undefined && returnUrl === undefined)
    throw new UsageError('no change was given', 'Pass --name, --new-secret, --scope or --return-url.');
  const app = await call.client.call('PATCH', path`/v1/oauth_apps/${call.args[0]!}`, {
    body: {
      name,
      client_secret: hasSecret ? await readSecret(call, 'client secret') : undefined,
      scopes: scope,
      return_urls: returnUrl,
    },
  });
  printAnswer(call, app, () => print(call.shell, `Updated ${app.name} (${app.id}).`));
}

async function show(call: Call): Promise<void> {
  const app = await call.client.call('GET', path`/v1/oauth_apps/${call.args[0]!}`);
  printAnswer(call, app, () => printFields(call.shell, app));
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/oauth_apps/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}

/** Anyone who says where a secret is has one. */
function isConfidential(call: Call): boolean {
  const { confidential, secretFile, secretEnv } = call.options;
  return confidential === true || secretFile !== undefined || secretEnv !== undefined;
}
