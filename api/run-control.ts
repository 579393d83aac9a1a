import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { replayRun } from '../engine/replay/replay.ts';
import type { ReplayChoice } from '../engine/replay/replay-plan.ts';
import { cancelRun } from '../engine/runs/cancel.ts';
import { isEnded } from '../engine/runs/run.ts';
import { showRun } from '../engine/runs/run-view.ts';
import { getRun } from '../engine/runs/runs.ts';
import { requireActionRole } from './http/auth.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { REPLAY_CHOICE } from './replays.ts';
import { accepted } from './runs.ts';

const REPLAY_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    input: {
      title: 'Input',
      type: 'object',
      description: 'Replaces the recorded input. For a workflow, the value that its steps read as `trigger`.',
    },
    ...REPLAY_CHOICE,
  },
};

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
    route<unknown, { input?: unknown } & ReplayChoice>({
      method: 'POST',
      path: '/v1/runs/{id}/replay',
      operation: 'replay_run',
      maxBodyBytes: MAX_INPUT_BYTES,
      tag: 'Runs',
      summary: 'Replay a run that has ended, as a new run.',
      requestHeaders: PREFER_HEADER,
      mayWait: true,
      body: REPLAY_BODY,
      answers: {
        200: {
          description: 'The new run, which ended within the preferred wait.',
          schema: ref('Run'),
          headers: PREFER_ANSWER,
        },
        202: { description: 'The new run, which has not ended yet.', schema: ref('Run'), headers: PREFER_ANSWER },
      },
      makesOneRun: true,
      async handle({ caller, params, body, runId }) {
        const run = await getRun(ctx, caller.tenant, params.id!);
        requireActionRole(caller, run.action);
        const replay = await replayRun(ctx, run, { ...body, id: runId });
        await audit(ctx, caller, {
          action: 'run.replay',
          target: { kind: 'run', id: run.id },
          details: { replay: replay.id },
        });
        return accepted(replay);
      },
      finish: (call, made) => holdForEnd(serving, call, made),
    }),
  ];
}
