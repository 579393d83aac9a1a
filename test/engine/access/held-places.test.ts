import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { takeHeldPlace } from '../../../engine/access/held-places.ts';
import { setQuotas } from '../../../engine/access/set-quotas.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import { testClock, testContext } from '../../context.ts';

test.each(['streams', 'waits'] as const)(
  'the place of a process that died is free after its lease: %s',
  async (kind) => {
    const clock = testClock();
    const ctx = await testContext({ context: { clock } });
    await ensureTenant(ctx, 'acme');
    await setQuotas(ctx, engineActor('acme'), { tenant: 'acme', quotas: { [kind]: 1 } });
    await takeHeldPlace(ctx, 'acme', kind);
    clock.advance(59_000);

    await expect(takeHeldPlace(ctx, 'acme', kind)).rejects.toMatchObject({ code: 'ERR_QUOTA_BUSY' });
    clock.advance(12_000);

    await takeHeldPlace(ctx, 'acme', kind);
  },
);
