import { audit } from '../engine/access/audit.ts';
import { cancelRun } from '../engine/runs/cancel.ts';
import { isEnded } from '../engine/runs/run.ts';
import { showRun } from '../engine/runs/run-view.ts';
import { getRun } from '../engine/runs/runs.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { replayRoute } from './run-replay.ts';

/** Cancel and replay of one run. */
export function runControlRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  return [
    route({
      method: 'POST',
      path: '/v1/runs/{id}/cancel',
      operation: 'cancel_run',
      tag: 'Runs',
      summary: 'Cancel a run and the operation that it started at the service.',
      description:
        'The run ends as `canceled` when the service has confirmed the cancellation. A run that has ended does not change.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      answers: {
        200: {
          description: 'The run has ended.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
        202: {
          description: 'The cancellation was accepted and is being sent to the service.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
      },
      async handle({ caller, params }) {
        const run = await getRun(ctx, caller.tenant, params.id!);
        await cancelRun(ctx, run);
        if (!isEnded(run.status))
          await audit(ctx, caller, { action: 'run.cancel', target: { kind: 'run', id: run.id } });
        const now = await getRun(ctx, caller.tenant, run.id);
        const headers = { location: `/v1/runs/${run.id}` };
        return { status: isEnded(now.status) ? 200 : 202, headers, body: showRun(now) };
      },
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
    replayRoute(serving),
  ];
}
