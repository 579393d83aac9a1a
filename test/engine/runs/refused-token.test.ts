import { expect, test } from 'vitest';
import { openWorkspace } from '../../workspace.ts';

test.each(['pat', 'oauth_m2m'] as const)(
  'a run whose token is refused keeps the words of the service: %s',
  async (kind) => {
    const { run, emulator } = await openWorkspace({ kind });
    const message = 'Credential was not sent or was of an unsupported type for this API. [ReqId: 0f1e]';
    emulator.faults.add({
      match: { path: '/sql/warehouses' },
      times: 0,
      fault: { status: 401, error_code: 'UNAUTHENTICATED', message },
    });

    const { status, error } = await run('databricks.query_warehouses', {});

    expect(status).toBe('failed');
    expect(error).toMatchObject({
      code: 'ERR_AUTH_FAILED',
      message: expect.stringContaining(message),
      upstream: { status: 401, error_code: 'UNAUTHENTICATED', message, request_id: expect.any(String) },
    });
  },
);
