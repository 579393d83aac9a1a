import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type CallToCopy, cliCall, httpCall } from '../../web/src/pages/connectors/call-text.ts';
import { withoutSecrets } from '../../web/src/pages/connectors/without-secrets.ts';

const HOSTILE: CallToCopy = {
  action: 'databricks.execute_statement',
  account: `-it's "my" $HOME \`id\` \\ !x; rm -rf *`,
  input: { statement: `SELECT 'a''b', "c" -- $(id) \\n\n\tWHERE x = '%s' AND y <> 🙂`, n: 1, list: ["'", '\\'] },
  options: { timeout_seconds: 60, wait_for_completion: false },
};

/** What a shell makes of a command: its words, without running it. */
function wordsOf(command: string, name: string): string[] {
  const script = `${name}() { printf '%s\\0' "$@"; }\n${command}`;
  const env = { PATH: process.env.PATH, PENSTOCK_API_KEY: 'psk_key' };
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).split('\0').slice(0, -1);
}

test('a shell reads the command line as it was meant', () => {
  const words = wordsOf(cliCall(HOSTILE), 'npx');

  expect(words.slice(0, 3)).toEqual(['penstock', 'run', HOSTILE.action]);
  expect(words[3]).toBe(`--account=${HOSTILE.account}`);
  expect(JSON.parse(words[words.indexOf('--input') + 1]!)).toEqual(HOSTILE.input);
  expect(words).toContain('timeout_seconds=60');
  expect(words).toContain('wait_for_completion=false');
  expect(words.at(-1)).toBe('--wait');
});

test('a shell reads the call of curl as it was meant', () => {
  const words = wordsOf(httpCall(HOSTILE, 'http://127.0.0.1:3000'), 'curl');

  expect(words).toContain('http://127.0.0.1:3000/v1/runs');
  expect(words).toContain('Authorization: Bearer psk_key');
  const { action, account, input, options } = HOSTILE;
  expect(JSON.parse(words[words.indexOf('--data-raw') + 1]!)).toEqual({
    action,
    linked_account: account,
    input,
    options,
  });
});

test('secrets of any depth are not in a call to copy', () => {
  const key = { title: 'Key', type: 'string', writeOnly: true };
  const part = { type: 'object', properties: { key } };
  const schema = {
    type: 'object',
    properties: { key, list: { type: 'array', items: { $ref: '#/$defs/part' } }, map: { additionalProperties: key } },
    $defs: { part },
  };

  const shown = withoutSecrets(schema, { key: 's', list: [{ key: 's' }, {}], map: { a: 's' }, n: 1 });

  expect(shown).toEqual({ key: '[secret]', list: [{ key: '[secret]' }, {}], map: { a: '[secret]' }, n: 1 });
});
