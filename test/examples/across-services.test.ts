import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { accountsOf, importFile } from '../../web/src/builder/transfer.ts';
import { startTestApi } from '../api/client.ts';

const FILES = ['repair-after-approval', 'slack-buttons', 'rows-to-postgres', 'push-to-job', 'result-to-bucket'];

/** By the names that the examples have; nothing is sent to any of them. */
const ACCOUNTS: { [name: string]: object } = {
  demo: {
    connector: 'databricks',
    default_warehouse_id: '4f1c2b3a9d8e7f60',
    authentication: { kind: 'pat', host: 'http://127.0.0.1:9', token: 'dapi-canary', test: false },
  },
  'acme-slack': { connector: 'slack', authentication: { kind: 'bot_token', token: 'xoxb-canary', test: false } },
  'acme-github': { connector: 'github', authentication: { kind: 'pat', token: 'ghp_canary', test: false } },
  shop: {
    connector: 'postgres',
    hostname: '127.0.0.1',
    port: '9',
    database: 'shop',
    ssl_mode: 'disable',
    authentication: { kind: 'password', username: 'shop', password: 'canary', test: false },
  },
  files: {
    connector: 's3',
    authentication: { kind: 'access_key', access_key_id: 'AKIDCANARY', secret_access_key: 'canary', test: false },
  },
};

test('each is imported as a draft, and valid once its accounts are chosen again', async () => {
  const { send } = await startTestApi();
  for (const [name, account] of Object.entries(ACCOUNTS)) {
    const { status, text } = await send('POST', '/v1/linked_accounts', { body: { name: `our ${name}`, ...account } });
    expect({ status, text: status === 201 ? '' : text }).toEqual({ status: 201, text: '' });
  }
  const check = async (body: object) => (await send('POST', '/v1/workflows/check', { body })).body;
  const problems: object[] = [];
  for (const file of FILES) {
    const text = await readFile(new URL(`../../examples/${file}.json`, import.meta.url), 'utf8');
    const read = importFile(text);
    if ('problem' in read) throw new Error(read.problem);
    const { document, accounts } = read.value;
    const draft = await send('POST', '/v1/workflows', { body: { ...document, publish: false } });
    const without = await check(document);
    const chosen = JSON.parse(
      text.replace(/"linked_account": "([^"]+)"/g, (_, name) => `"linked_account": "our ${name}"`),
    );
    const withAccounts = await check({ ...chosen, name: `our ${file}` });

    expect([file, draft.status, document.name]).toEqual([file, 201, file]);
    const missing = (without.errors as { pointer: string }[]).filter(({ pointer }) => pointer !== '/name');
    // Without an account there is no default warehouse.
    for (const { pointer } of missing) expect(pointer).toMatch(/\/(linked_account|warehouse_id)$/);
    expect(missing.length > 0).toBe(accounts.length > 0);
    expect(accountsOf(chosen)).toEqual(accounts.map((name) => `our ${name}`));
    if (!withAccounts.valid || withAccounts.warnings.length > 0) problems.push({ file, ...withAccounts });
  }
  expect(problems).toEqual([]);
});
