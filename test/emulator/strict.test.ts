import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

describe.each([
  [true, 400],
  [false, 200],
])('with strict: %s', (strict, expected) => {
  let workspace: Client;
  beforeAll(async () => {
    workspace = await startClient({ strict });
  });
  afterAll(() => workspace.close());

  it.each([
    ['GET', '/api/2.1/clusters/list?foo=1', undefined, 'foo'],
    ['POST', '/api/2.2/jobs/create', { name: 'a', some_new_field: 1 }, 'some_new_field'],
    [
      'POST',
      '/api/2.2/jobs/create',
      { tasks: [{ task_key: 'a', notebook_task: { notebook_path: '/a', new: [1] } }] },
      'tasks[0].notebook_task.new',
    ],
  ])('answers %s %s with an unknown name', async (method, path, body, name) => {
    const { status, text } = await workspace.send(method, path, body);

    expect(status).toBe(expected);
    expect(text.includes(`'${name}'`)).toBe(strict);
  });

  it('refuses a wrong type in any case', async () => {
    const { status } = await workspace.send('POST', '/api/2.2/jobs/create', { name: 1 });

    expect(status).toBe(400);
  });
});
