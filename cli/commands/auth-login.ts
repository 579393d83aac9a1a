import { printAnswer } from '../answer.ts';
import { openBrowser } from '../browser.ts';
import type { Json } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { LOGIN_PORT, openLoopback } from '../loopback.ts';
import { CliError, UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';

const DEFAULT_SECONDS = 300;
/** A login lives this long at the API. */
const MAX_SECONDS = 600;
const MAX_PORT = 65_535;

/** Sign in as a person from a terminal. */
export const AUTH_LOGIN_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'auth login',
    text: 'Sign in through a browser and an OAuth app, and store the login as an authentication',
    options: [
      { flags: '--account <name or id>', text: 'the linked account', isRequired: true },
      { flags: '--app <name or id>', text: 'the OAuth app', isRequired: true },
      { flags: '--name <name>', text: 'display name of the authentication (default: the name of the app)' },
      {
        flags: '--renew <authentication>',
        text: 'renew this login instead of creating a new one; its id stays the same',
      },
      { flags: '--port <port>', text: `local port for the redirect (default: ${LOGIN_PORT}; 0 for any free port)` },
      { flags: '--timeout <seconds>', text: `seconds to wait for the sign-in (default: ${DEFAULT_SECONDS})` },
      { flags: '--no-browser', text: 'only print the URL' },
    ],
    examples: ['npx penstock auth login --account acme --app my-app'],
    run: login,
  },
];

async function login(call: Call): Promise<void> {
  const { shell, client } = call;
  const app = option(call, 'app')!;
  const port = numberOf(call, 'port', { fallback: LOGIN_PORT, min: 0, max: MAX_PORT });
  const seconds = numberOf(call, 'timeout', { fallback: DEFAULT_SECONDS, min: 1, max: MAX_SECONDS });
  const renew = option(call, 'renew');
  const loopback = await openLoopback(port);
  try {
    const { url } = await client.call('POST', '/v1/oauth/authorize', {
      body: {
        oauth_app: app,
        linked_account: option(call, 'account'),
        redirect_port: loopback.port,
        ...(renew === undefined ? { name: option(call, 'name') ?? app } : { authentication: renew }),
      },
    });
    note(shell, 'Sign in here:');
    note(shell, `  ${url}`);
    if (call.options.browser !== false) openBrowser(shell, url);
    const auth = await finish(call, loopback.callback(stateOf(url), { limitMs: seconds * 1000, signal: shell.signal }));
    const who = auth.user_name === undefined ? '' : `, as ${auth.user_name}`;
    printAnswer(call, auth, () => print(shell, `Stored ${auth.name} (${auth.id})${who}, ${auth.status}.`));
  } finally {
    await loopback.close();
  }
}

/** The API judges what came back, a denial too: it knows the verifier, the server and the tenant. */
async function finish(
  call: Call,
  waiting: ReturnType<Awaited<ReturnType<typeof openLoopback>>['callback']>,
): Promise<Json> {
  const { query, answer } = await waiting;
  try {
    const auth = await call.client.call('POST', '/v1/oauth/complete', { body: { query } });
    answer('You are signed in. You can close this window.');
    return auth;
  } catch (error) {
    answer('The login failed. See the terminal for the reason. You can close this window.');
    throw error;
  }
}

function stateOf(url: string): string {
  const state = URL.parse(url)?.searchParams.get('state');
  if (!state)
    throw new CliError(
      'the API returned a login URL without a state',
      'Check that PENSTOCK_URL is the address of a Penstock API.',
    );
  return state;
}

function numberOf(call: Call, name: string, bounds: { fallback: number; min: number; max: number }): number {
  const text = option(call, name);
  const value = text === undefined ? bounds.fallback : Number(text);
  if (text === '' || !Number.isInteger(value) || value < bounds.min || value > bounds.max)
    throw new UsageError(`--${name} is "${text}"; pass a whole number from ${bounds.min} to ${bounds.max}`);
  return value;
}
