import { type CommandSpec, option, optionList } from '../command.ts';
import { printOutcome, WAIT_HEADER, waitForEnd } from '../follow.ts';
import { readJsonArgument, readPairs } from '../input.ts';
import { METADATA_OPTION, metadataOf } from '../metadata.ts';

/** Runs one action. */
export const RUN_COMMAND: CommandSpec = {
  usage: 'run <action>',
  heading: 'Runs',
  text: 'Run an action',
  options: [
    { flags: '--account <name or id>', text: 'the linked account' },
    { flags: '--auth <id>', text: 'authentication of the account (default: its default authentication)' },
    { flags: '--input <json>', text: 'input: JSON, @FILE, or - for standard input' },
    {
      flags: '--option <name=value>',
      text: 'run option, such as timeout_seconds=60 (repeatable)',
      isList: true,
    },
    METADATA_OPTION,
    { flags: '--idempotency-key <key>', text: 'repeating the command with the same key does not create a second run' },
    { flags: '--wait', text: 'wait for the run to end and print its output' },
  ],
  examples: [`npx penstock run core.file --wait --input '{"path": "hello.ndjson", "rows": [{"greeting": "hello"}]}'`],
  async run(call) {
    const key = option(call, 'idempotencyKey');
    const isWaiting = call.options.wait === true;
    const input = await readJsonArgument(call.shell, '--input', option(call, 'input') ?? '{}');
    const options = readPairs('--option', optionList(call, 'option'));
    const run = await call.client.call('POST', '/v1/runs', {
      headers: { ...(isWaiting && WAIT_HEADER), ...(key !== undefined && { 'idempotency-key': key }) },
      body: {
        action: call.args[0],
        linked_account: option(call, 'account'),
        authentication: option(call, 'auth'),
        input,
        metadata: metadataOf(call),
        ...(Object.keys(options).length > 0 && { options }),
      },
    });
    return printOutcome(call, isWaiting ? await waitForEnd(call, run) : run);
  },
};
