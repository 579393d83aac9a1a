import { printAnswer } from '../answer.ts';
import type { Call, CommandSpec } from '../command.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** A link that opens the browser app signed in. */
export const LINK_COMMAND: CommandSpec = {
  usage: 'link',
  heading: 'Accounts',
  text: 'Create a link that signs in one browser with the permissions of your API key',
  examples: ['npx penstock link'],
  run: createLink,
};

async function createLink(call: Call): Promise<void> {
  const link = await call.client.call('POST', '/v1/sign_in_links');
  printAnswer(call, link, () => {
    note(call.shell, `Single-use sign-in link, valid until ${time(link.expires_at)}. It is shown only once:`);
    print(call.shell, link.url);
  });
}
