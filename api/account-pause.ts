import { getLinkedAccount } from '../engine/credentials/accounts/accounts.ts';
import { setAccountPaused } from '../engine/credentials/accounts/pause-account.ts';
import { wakePaused } from '../engine/runs/paused-runs.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const REASON = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { title: 'Reason', type: 'string', minLength: 1, maxLength: 500 } },
};

/** `/v1/linked_accounts/{id}/pause` and `/resume`: a stop for everything of one account. */
export function accountPauseRoutes({ ctx }: Serving): Route[] {
  return (['pause', 'resume'] as const).map((word) =>
    route<unknown, { reason?: string }>({
      method: 'POST',
      path: `/v1/linked_accounts/{id}/${word}`,
      operation: `${word}_linked_account`,
      tag: 'Linked accounts',
      summary:
        word === 'pause'
          ? 'Pause everything of a linked account: its syncs do not look, its runs wait.'
          : 'Resume a linked account; runs that waited start.',
      description:
        word === 'pause'
          ? 'Runs are still accepted, and none is lost. What has started at the service continues; cancel it if it must not.'
          : 'The 500 first start at once, the others within two minutes. Doing it twice changes nothing.',
      ...(word === 'pause' ? { body: REASON } : {}),
      answers: { 200: { description: 'The linked account.', schema: ref('LinkedAccount') } },
      async handle({ caller, params, body }) {
        const reason = word === 'pause' ? body.reason : undefined;
        await setAccountPaused(ctx, caller, { account: params.id!, paused: word === 'pause', reason });
        const account = await getLinkedAccount(ctx, caller.tenant, params.id!);
        if (word === 'resume') await wakePaused(ctx, account.id);
        return { status: 200, body: account };
      },
    }),
  );
}
