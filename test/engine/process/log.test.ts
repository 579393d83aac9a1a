import { expect, test } from 'vitest';
import { createLogger } from '../../../engine/process/log.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  const destination = {
    write(line: string) {
      text += line;
    },
  };
  write(createLogger('debug', destination));
  return text;
}

test.each([
  ['a field', { token: 'hush' }],
  ['a nested field', { request: { headers: { authorization: 'Bearer hush' } } }],
  ['a field in a list', { authentications: [{ client_secret: 'hush' }] }],
  [
    'an error and its cause',
    { err: Object.assign(new Error('away'), { cause: new Error('x'), options: { password: 'hush' } }) },
  ],
])('hides a secret in %s', (_where, fields) => {
  const text = logged((log) => log.info(fields, 'something happened'));

  expect(text).toContain('something happened');
  expect(text).not.toContain('hush');
});

test('hides a secret that a child logger carries', () => {
  expect(logged((log) => log.child({ api_key: 'hush', run: 'run_1' }).info('ended'))).toMatch(/"run":"run_1"/);
  expect(logged((log) => log.child({ api_key: 'hush' }).info('ended'))).not.toContain('hush');
});

test('leaves the object of the caller as it is', () => {
  const fields = { run: 'run_1', nested: { token: 'hush' } };

  logged((log) => log.info(fields, 'ended'));

  expect(fields).toEqual({ run: 'run_1', nested: { token: 'hush' } });
});
