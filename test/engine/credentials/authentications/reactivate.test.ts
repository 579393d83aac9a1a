import { expect, onTestFinished, test } from 'vitest';
import { createEmulator } from '../../../../emulator/server.ts';
import type { Caller } from '../../../../engine/access/actor.ts';
import { createLinkedAccount } from '../../../../engine/credentials/accounts/accounts.ts';
import { createAuthentication } from '../../../../engine/credentials/authentications/authentications.ts';
import { testAuthentication } from '../../../../engine/credentials/authentications/test-authentication.ts';
import type { AuthenticationRecord } from '../../../../engine/credentials/records/authentication-record.ts';
import { markNeedsReauth } from '../../../../engine/credentials/tokens/authentication-status.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { readEvents } from '../../../../engine/events/event-stream.ts';
import { readRecord } from '../../../../engine/store/records.ts';
import { testContext } from '../../../context.ts';

const caller: Caller = { tenant: 'acme', keyId: 'key_1', name: 'tests', role: 'admin' };

test.each(['pat', 'oauth_m2m'])(
  'a test asks the service although a %s needs a person, and makes it active when it is taken',
  async (kind) => {
    const emulator = await createEmulator({ samples: 'none' });
    onTestFinished(() => emulator.close());
    const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: emulator.url } });
    const { id: account } = await createLinkedAccount(ctx, caller, { name: 'main' });
    const secret =
      kind === 'pat'
        ? { token: emulator.token }
        : { client_id: emulator.clientId, client_secret: emulator.clientSecret };
    const { id } = await createAuthentication(ctx, caller, account, { name: 'a', kind, host: emulator.url, ...secret });
    await markNeedsReauth(ctx, (await readRecord<AuthenticationRecord>(ctx, 'authentication', id))!, 'it was refused');
    emulator.faults.add({
      match: { path: '/api/2.0/preview/scim/v2/Me' },
      fault: { status: 401, error_code: 'X', message: 'no' },
      times: 1,
    });
    emulator.requests.clear();

    const refused = await testAuthentication(ctx, 'acme', account, id);
    const taken = await testAuthentication(ctx, 'acme', account, id);

    expect(refused).toMatchObject({ ok: false, status: 'needs_reauth', error: { code: 'ERR_AUTH_FAILED' } });
    expect(taken).toMatchObject({ ok: true, status: 'active' });
    expect(emulator.requests.list({ path: /scim\/v2\/Me/ }).length).toBeGreaterThanOrEqual(2);
    expect((await resolveAuthentication(ctx, 'acme', account)).authenticationId).toBe(id);
    const events = await readEvents(ctx, 'acme');
    expect(events.at(-1)!.event).toMatchObject({
      type: 'authentication.renewed',
      data: { previous_status: 'needs_reauth', status: 'active' },
    });
  },
);
