import { audit } from '../engine/access/audit.ts';
import { discardDeadLetter } from '../engine/polling/dead-letters.ts';
import { cancelRun } from '../engine/runs/cancel.ts';
import { isEnded } from '../engine/runs/run.ts';
import { showRun } from '../engine/runs/run-view.ts';
import { getRun } from '../engine/runs/runs.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { replayRoute } from './run-replay.ts';

/** Cancel and replay of one run, and giving up what it holds. */
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
    route({
      method: 'POST',
      path: '/v1/runs/{id}/discard',
      operation: 'discard_run',
      tag: 'Runs',
      summary: 'Discard the dead-lettered event batch of a run, so that its trigger no longer counts it.',
      description:
        'The run is kept, and a replay still delivers its events. Discarding again does not change anything. Fails with 409 for a run without a dead-lettered event batch.',
      answers: { 200: { description: 'The run.', schema: ref('Run') } },
      async handle({ caller, params }) {
        const run = await getRun(ctx, caller.tenant, params.id!);
        await discardDeadLetter(ctx, run);
        if (run.dead_letter === 'open')
          await audit(ctx, caller, { action: 'run.discard', target: { kind: 'run', id: run.id } });
        return { status: 200, body: showRun(await getRun(ctx, caller.tenant, run.id)) };
      },
    }),
  ];
}
