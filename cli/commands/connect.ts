import { printAnswer } from '../answer.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

const SECONDS_PER_MINUTE = 60;

/** Connect links: a page for an end user without an API key. */
export const CONNECT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'connect create',
    isDefault: true,
    text: 'Create a single-use link with which an end user connects a workspace',
    options: [
      { flags: '--account <name or id>', text: 'the linked account', isRequired: true },
      { flags: '--app <name or id>', text: 'offer sign-in through this OAuth app' },
      {
        flags: '--kind <kind>',
        text: 'kind to offer, one of "penstock auth kinds" (default: all possible kinds; repeatable)',
        isList: true,
      },
      { flags: '--host <url>', text: 'the workspace URL (default: the end user enters it)' },
      { flags: '--renew <authentication>', text: 'let the end user renew this authentication; its id stays the same' },
      {
        flags: '--return-to <url>',
        text: 'where the browser is redirected afterwards (a return URL of the app or tenant)',
      },
      { flags: '--state <text>', text: 'text that comes back with --return-to' },
      { flags: '--minutes <count>', text: 'minutes until the link expires (default: 60; maximum: 1440)' },
    ],
    examples: ['npx penstock connect create --account acme --app my-app'],
    run: create,
  },
];

async function create(call: Call): Promise<void> {
  const minutes = option(call, 'minutes');
  if (minutes !== undefined && !/^[1-9]\d*$/.test(minutes))
    throw new UsageError(`--minutes is "${minutes}"; pass a whole number from 1 to 1440`);
  const link = await call.client.call('POST', '/v1/connect_links', {
    body: {
      linked_account: option(call, 'account'),
      oauth_app: option(call, 'app'),
      authentication: option(call, 'renew'),
      kinds: call.options.kind,
      host: option(call, 'host'),
      return_to: option(call, 'returnTo'),
      state: option(call, 'state'),
      expires_in_seconds: minutes === undefined ? undefined : Number(minutes) * SECONDS_PER_MINUTE,
    },
  });
  printAnswer(call, link, () => {
    note(
      call.shell,
      `Single-use link, valid until ${time(link.expires_at)}. Anyone who has it can use it. It is shown only once:`,
    );
    print(call.shell, link.url);
  });
}
