import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { manifestErrors } from './manifest-folder.ts';

const ROOT = fileURLToPath(new URL('../../examples/connectors/helpdesk/', import.meta.url));
const FILES = ['connector', 'actions/list_tickets', 'actions/create_ticket', 'triggers/new_ticket', 'schemas/ticket'];

// biome-ignore lint/suspicious/noExplicitAny: a test changes what it knows to be there
type Change = (manifest: any) => void;

test('a folder without a connector.json is told so', async () => {
  const action = JSON.parse(readFileSync(`${ROOT}actions/list_tickets.json`, 'utf8'));

  expect(await manifestErrors({ 'helpdesk/actions/list_tickets.json': action })).toContain(
    'helpdesk/connector.json#: is missing; write it',
  );
});

test.each<[what: string, file: string, change: Change, expected: string]>([
  [
    'an address without https',
    'connector',
    (own) => {
      own.base_urls.api = { url: 'http://api.example.com' };
    },
    '#/base_urls/api/url: "base_urls.api.url" is not valid: A URL with https://, or a text that begins with a field of the account, such as {account.base_url}; got "http://api.example.com"',
  ],
  [
    'one URL in a list',
    'connector',
    (own) => {
      own.base_urls.api.url = ['https://api.example.com'];
    },
    '#/base_urls/api/url: "base_urls.api.url" must have at least 2 items',
  ],
  [
    'a list of URLs with an unknown field',
    'connector',
    (own) => {
      own.base_urls.api.url = ['{account.base_url}', 'https://{account.region}.example.com'];
    },
    '#/base_urls/api/url: reads the field "region", which is neither in "connection" nor in "fields"',
  ],
  [
    'a login of the kind oauth2 with nowhere to ask for tokens',
    'connector',
    (own) => {
      own.auth[0] = { id: 'oauth', title: 'OAuth', kind: 'oauth2', grant: 'client_credentials' };
    },
    '#/auth/0: "auth[0]" is not valid: A login of the kind oauth2 has a token_url, or an issuer to discover it from',
  ],
  [
    'an unknown kind of login',
    'connector',
    (own) => {
      own.auth[0].kind = 'apikey';
    },
    '#/auth/0/kind: "auth[0].kind" must be one of "none", "api_key"',
  ],
  [
    'a rule without a kind',
    'connector',
    (own) => {
      own.errors = [{ when: { status: [404] } }];
    },
    '#/errors/0: "errors[0]" is not valid: A rule has either `kind` (and perhaps `hint`) or `result`',
  ],
  [
    'a color by its name',
    'connector',
    (own) => {
      own.color = 'red';
    },
    '#/color: "color" is not valid: A color as #rrggbb, in lower case; got "red"',
  ],
  [
    'a base URL that is not there',
    'actions/create_ticket',
    (own) => {
      own.request.base = 'uploads';
    },
    '#/request/base: names no base URL: "uploads"; there are api',
  ],
  [
    'a scope that is not there',
    'actions/create_ticket',
    (own) => {
      own.request.headers = { a: '$env.HOME' };
    },
    '#/request/headers/a: "request.headers.a" is not valid: A text that begins with a dollar is a reference of a scope that there is; write $$ for a dollar of its own; for example "$input.job_id"; got "$env.HOME"',
  ],
  [
    'a key of an earlier version',
    'actions/create_ticket',
    (own) => {
      own.request.body = { $text: ['a'] };
    },
    '#/request/body/$text: "$text" is not a field of request.body. Allowed: $first',
  ],
  [
    'a closed output',
    'actions/create_ticket',
    (own) => {
      own.output = { type: 'object', additionalProperties: false };
    },
    '#/output/additionalProperties: "output.additionalProperties" is not valid: An output is open: leave additionalProperties out; got false',
  ],
  [
    'an action that destroys what it reads',
    'actions/list_tickets',
    (own) => {
      own.destructive = true;
    },
    '#/effect: "effect" is not valid: What only reads destroys nothing; got "safe"',
  ],
  [
    'pages without their parameter',
    'actions/list_tickets',
    (own) => {
      own.pages = { style: 'token', items: 'tickets', next: 'next' };
    },
    '#/pages/param: "pages.param" is required',
  ],
  [
    'a sentence without its full stop',
    'actions/list_tickets',
    (own) => {
      own.description = 'Lists tickets';
    },
    '#/description: "description" is not valid: A sentence, with its full stop; got "Lists tickets"',
  ],
  [
    'a reader that is not there',
    'triggers/new_ticket',
    (own) => {
      own.source.reader = 'list';
    },
    '#/source/reader: names no reader: "list"; there are rows, listing',
  ],
  [
    'a trigger that is never due',
    'triggers/new_ticket',
    (own) => {
      delete own.every_seconds;
    },
    '#/every_seconds: "every_seconds" is required',
  ],
  [
    'a signature without the body in it',
    'triggers/new_ticket',
    (own) => {
      for (const key of ['source', 'cursor', 'every_seconds']) delete own[key];
      own.kind = 'webhook';
      const signature = {
        algorithm: 'sha256',
        secret: 'key',
        header: 'X-Sig',
        encoding: 'hex',
        content: '{timestamp}',
      };
      own.webhook = { signature };
    },
    '#/webhook/signature/header: "webhook.signature.header" is not valid: The name of a header, in lower case; got "X-Sig"',
  ],
  [
    'kinds of events of an input that is not there',
    'triggers/new_ticket',
    (own) => {
      own.kind = 'webhook';
      for (const key of ['source', 'cursor', 'every_seconds']) delete own[key];
      own.input.required = ['secret'];
      own.input.properties.secret = { title: 'Secret', type: 'string', writeOnly: true };
      own.webhook = {
        signature: { algorithm: 'sha256', secret: 'secret', header: 'x-sig', encoding: 'hex', content: '{body}' },
        accept: { header: 'x-event', values: '$input.kinds' },
      };
    },
    '#/webhook/accept/values: refers to the input "kinds", which helpdesk.new_ticket does not have',
  ],
])('%s is named with file, place and remedy', async (_what, file, change, expected) => {
  const files = Object.fromEntries(
    FILES.map((name) => [`helpdesk/${name}.json`, JSON.parse(readFileSync(`${ROOT}${name}.json`, 'utf8'))]),
  );
  change(files[`helpdesk/${file}.json`]);

  expect((await manifestErrors(files)).join('\n')).toContain(`helpdesk/${file}.json${expected}`);
});
