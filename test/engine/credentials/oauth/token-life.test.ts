import { expect, test } from 'vitest';
import { requestToken } from '../../../../engine/credentials/oauth/oauth.ts';
import { acceptToken } from '../../../../engine/credentials/tokens/shared-token.ts';
import { testContext } from '../../../context.ts';
import { startHttpServer } from '../../../servers.ts';

test.each([1e17, 1e308])(
  'a token that a service says lives for %d seconds has an end that is a date',
  async (seconds) => {
    const server = await startHttpServer(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"access_token":"t","token_type":"bearer","expires_in":${seconds}}`);
    });
    const ctx = await testContext({ env: { PENSTOCK_ALLOWED_HOSTS: server.origin } });

    const { lifeMs } = await requestToken(
      ctx,
      { issuer: server.origin, token_endpoint: `${server.origin}/token` },
      { client: { id: 'c', secret: 's', shows: 'basic' }, grant: { kind: 'client_credentials', scope: 'all' } },
    );

    const { expiresAt } = acceptToken('t', { lifeMs, now: ctx.clock.now(), secretVersion: 1 });
    expect(new Date(expiresAt).getFullYear()).toBeLessThan(9999);
    await ctx.redis.set(ctx.keys.accessToken('auth_1'), 'x', 'PX', Math.ceil(lifeMs));
    expect(await ctx.redis.pttl(ctx.keys.accessToken('auth_1'))).toBeGreaterThan(0);
  },
);
