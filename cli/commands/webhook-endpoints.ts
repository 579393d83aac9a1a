import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option, optionList } from '../command.ts';
import { printOutcome, WAIT_HEADER, waitForEnd } from '../follow.ts';
import { UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** Webhook endpoints: URLs of other systems to which events are delivered. */
export const WEBHOOK_ENDPOINT_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'webhook-endpoints list',
    isDefault: true,
    text: 'List webhook endpoints',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/webhook_endpoints', {
        none: 'No webhook endpoints. Create one with: npx penstock webhook-endpoints create URL',
        columns: {
          ID: (endpoint) => endpoint.id,
          PAUSED: (endpoint) => (endpoint.paused ? 'yes' : 'no'),
          TYPES: (endpoint) => endpoint.types?.join(', ') ?? 'all',
          CREATED: (endpoint) => time(endpoint.created_at),
          URL: (endpoint) => endpoint.url,
        },
      }),
  },
  {
    usage: 'webhook-endpoints create <url>',
    text: 'Create a webhook endpoint; its signing secret is shown only once',
    options: [{ flags: '--type <type>', text: 'event type to deliver (default: all; repeatable)', isList: true }],
    run: create,
  },
  {
    usage: 'webhook-endpoints update <id>',
    text: 'Change the URL or the event types of a webhook endpoint',
    options: [
      { flags: '--url <url>', text: 'the new URL' },
      { flags: '--type <type>', text: 'event type to deliver; all for every type (repeatable)', isList: true },
    ],
    run: update,
  },
  {
    usage: 'webhook-endpoints pause <id>',
    text: 'Deliver nothing until it is resumed; events wait',
    run: (call) => patch(call, { paused: true }),
  },
  {
    usage: 'webhook-endpoints resume <id>',
    text: 'Deliver again, beginning with the events that have waited',
    run: (call) => patch(call, { paused: false }),
  },
  {
    usage: 'webhook-endpoints rotate-secret <id>',
    text: 'Give a webhook endpoint a new signing secret; it is shown only once',
    options: [{ flags: '--overlap <seconds>', text: 'how long the old secret stays valid (default: 86400)' }],
    run: rotate,
  },
  {
    usage: 'webhook-endpoints test <id>',
    text: 'Deliver a test event and wait for the response',
    run: (call) => deliver(call, path`/v1/webhook_endpoints/${call.args[0]!}/test`),
  },
  {
    usage: 'webhook-endpoints deliveries <id>',
    text: 'List the last deliveries to a webhook endpoint, newest first',
    options: PAGE_OPTIONS,
    run: deliveries,
  },
  {
    usage: 'webhook-endpoints redeliver <id> <run>',
    text: 'Deliver the event of a delivery again and wait for the response',
    run: (call) => deliver(call, path`/v1/webhook_endpoints/${call.args[0]!}/deliveries/${call.args[1]!}/redeliver`),
  },
  { usage: 'webhook-endpoints delete <id>', text: 'Delete a webhook endpoint', run: remove },
];

async function create(call: Call): Promise<void> {
  const made = await call.client.call('POST', '/v1/webhook_endpoints', {
    body: { url: call.args[0], types: call.options.type },
  });
  printAnswer(call, made, () => {
    note(call.shell, `Created ${made.id}. Its signing secret is shown only once:`);
    print(call.shell, made.secret);
  });
}

async function update(call: Call): Promise<void> {
  const types = optionList(call, 'type');
  const url = option(call, 'url');
  if (url === undefined && types.length === 0) throw new UsageError('pass --url or --type');
  await patch(call, { url, ...(types.length === 0 ? {} : { types: types.includes('all') ? null : types }) });
}

async function patch(call: Call, body: Json): Promise<void> {
  const endpoint = await call.client.call('PATCH', path`/v1/webhook_endpoints/${call.args[0]!}`, { body });
  printAnswer(call, endpoint, () => print(call.shell, `${endpoint.id} is ${endpoint.paused ? 'paused' : 'active'}.`));
}

async function rotate(call: Call): Promise<void> {
  const given = option(call, 'overlap');
  if (given !== undefined && !/^\d+$/.test(given)) throw new UsageError(`--overlap is "${given}"; pass seconds`);
  const made = await call.client.call('POST', path`/v1/webhook_endpoints/${call.args[0]!}/rotate_secret`, {
    body: given === undefined ? {} : { overlap_seconds: Number(given) },
  });
  printAnswer(call, made, () => {
    const until = made.old_secret_until ? `The old one is valid until ${time(made.old_secret_until)}. ` : '';
    note(call.shell, `${until}The new signing secret is shown only once:`);
    print(call.shell, made.secret);
  });
}

async function deliver(call: Call, where: string): Promise<number> {
  const run = await call.client.call('POST', where, { headers: WAIT_HEADER });
  return printOutcome(call, await waitForEnd(call, run));
}

async function deliveries(call: Call): Promise<void> {
  await printList(call, path`/v1/webhook_endpoints/${call.args[0]!}/deliveries`, {
    none: 'Nothing was delivered yet.',
    columns: {
      RUN: ({ run }) => run,
      STATUS: ({ status }) => status,
      EVENT: ({ event }) => event.type,
      CREATED: ({ created_at }) => time(created_at),
      ATTEMPTS: ({ attempts }) => attempts,
      ERROR: ({ error }) => error?.message,
    },
  });
}

async function remove(call: Call): Promise<void> {
  await call.client.call('DELETE', path`/v1/webhook_endpoints/${call.args[0]!}`);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}
