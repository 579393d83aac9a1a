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
    text: 'makes a link with which an end user connects a workspace, once',
    options: [
      { flags: '--account <name or id>', text: 'the linked account', isRequired: true },
      { flags: '--app <name or id>', text: 'offers signing in, through this OAuth app' },
      {
        flags: '--kind <kind>',
        text: 'what is offered: pat, oauth_m2m or oauth_u2m (all that can be; may be repeated)',
        isList: true,
      },
      { flags: '--host <url>', text: 'the workspace; left out, the end user names it' },
      { flags: '--renew <authentication>', text: 'the end user renews this authentication; its id stays' },
      { flags: '--minutes <count>', text: 'how long the link lives (60; 1440 at most)' },
    ],
    examples: ['npx penstock connect create --account acme --app databricks-cli'],
    run: create,
  },
];

async function create(call: Call): Promise<void> {
  const minutes = option(call, 'minutes');
  if (minutes !== undefined && !/^[1-9]\d*$/.test(minutes))
    throw new UsageError(`--minutes is "${minutes}"; give a whole number from 1 to 1440`);
  const link = await call.client.call('POST', '/v1/connect_links', {
    body: {
      linked_account: option(call, 'account'),
      oauth_app: option(call, 'app'),
      authentication: option(call, 'renew'),
      kinds: call.options.kind,
      host: option(call, 'host'),
      expires_in_seconds: minutes === undefined ? undefined : Number(minutes) * SECONDS_PER_MINUTE,
    },
  });
  printAnswer(call, link, () => {
    note(call.shell, `Good once, until ${time(link.expires_at)}, for whoever has it. It is shown this once:`);
    print(call.shell, link.url);
  });
}
