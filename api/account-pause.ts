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
          ? 'Pause a linked account: its triggers stop polling, and its runs wait.'
          : 'Resume a linked account and start the runs that waited.',
      description:
        word === 'pause'
          ? 'New runs are accepted and queued; none is lost. Operations that already started at the service continue; cancel their runs to stop them.'
          : 'The first 500 runs start immediately, the others within two minutes. Resuming an account that is not paused changes nothing.',
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
