import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import {
  type ConfirmablePreview,
  dryRunReplay,
  replayConfirmed,
  replayUnseen,
} from '../engine/replay/replay-confirm.ts';
import type { ReplayChoice } from '../engine/replay/replay-plan.ts';
import { getRun } from '../engine/runs/runs.ts';
import { toTimestamp } from '../engine/store/timestamps.ts';
import { requireActionRole } from './http/auth.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { holdForEnd, PREFER_ANSWER, PREFER_HEADER } from './http/hold.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT, TEXTS, TIME } from './http/schemas.ts';
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
    dry_run: {
      title: 'Dry run',
      type: 'boolean',
      default: false,
      description: 'Shows what the replay would do, and does nothing.',
    },
    confirm: {
      title: 'Confirm',
      type: 'string',
      description:
        'The `confirm` value of a dry run of the same request. The replay is refused when it would do something else by now.',
    },
  },
};

const CHANGE: JsonObject = { type: 'string', enum: ['added', 'removed', 'changed'] };

export const runReplaySchemas: JsonObject = {
  ReplayPreview: object(
    {
      run: TEXT,
      steps: {
        type: 'array',
        description: 'In the order of the definition; one entry without `step` for the run of a single action.',
        items: object(
          {
            action: TEXT,
            what: {
              type: 'string',
              enum: ['reuse', 'again'],
              description: '`reuse`: its output is reused, and nothing is done. `again`: it runs.',
            },
            effect: { type: 'string', enum: ['safe', 'idempotent', 'token', 'once'] },
            repeats: {
              ...COUNT,
              description:
                'Effects that happened, or may have happened, and would happen a second time; items and inner steps are counted one by one.',
            },
          },
          {
            step: TEXT,
            last_launch: {
              ...object({
                outcome: { type: 'string', enum: ['succeeded', 'failed', 'canceled', 'unknown'] },
                at: TIME,
              }),
              description: 'The last attempt so far; of a loop, of any item. Omitted when it was never begun.',
            },
            output_of: { ...TEXT, description: 'The run whose output is reused.' },
            is_conditional: { const: true, description: 'It has a condition, and can be skipped.' },
            if_fails: { ...TEXT, description: 'It runs only if this step fails.' },
            on_failure: {
              const: true,
              description: 'It runs only if the workflow fails. It is not counted in `repeats`.',
            },
          },
        ),
      },
      repeats: { ...COUNT, description: 'Effects of `token` and `once` that would happen a second time.' },
      confirm: { ...TEXT, description: 'Send it with the same request to replay exactly what is shown here.' },
    },
    {
      workflow: TEXT,
      action: TEXT,
      replayed_by: { ...TEXT, description: 'The run was already replayed by this run.' },
      version: {
        ...object({
          from: { type: 'integer', description: 'Version of the run; a draft is negative.' },
          to: { type: 'integer', description: 'Version that would run.' },
          steps: {
            type: 'array',
            items: object({ step: TEXT, change: CHANGE }, { fields: TEXTS }),
            description: 'Steps that differ.',
          },
          fields: { ...TEXTS, description: 'Other fields of the definition that differ.' },
        }),
        description: 'Only for a workflow run.',
      },
      input: {
        ...object({
          changes: { type: 'array', maxItems: 100, items: object({ pointer: TEXT, change: CHANGE }) },
          is_complete: { type: 'boolean', description: 'False if there are more than 100 differences.' },
        }),
        description: 'Where the given input differs from the recorded one, as JSON pointers. A secret always differs.',
      },
      delivery: {
        ...object({ moves_cursor: { type: 'boolean' } }),
        description:
          'Only for a run that delivered events. `moves_cursor` is false if they were delivered, or the cursor was set, since then: the replay delivers them again, and the cursor stays.',
      },
    },
  ),
};

interface Body extends ReplayChoice {
  input?: unknown;
  dry_run: boolean;
  confirm?: string;
}

/** Replay of one run: looked at first, if the caller likes. */
export function replayRoute(serving: Serving): Route {
  const { ctx } = serving;
  return route<unknown, Body>({
    method: 'POST',
    path: '/v1/runs/{id}/replay',
    operation: 'replay_run',
    failures: [409],
    maxBodyBytes: MAX_INPUT_BYTES,
    tag: 'Runs',
    summary: 'Replay a run that has ended, as a new run.',
    description:
      'With `"dry_run": true`, the response shows what each step would do, which effects would happen a second time, and a `confirm` value. A request with that value is refused when the run was replayed, a version was published, or the cursor moved in between. Sent twice with the same `confirm`, it makes one run. While another replay of the run begins, the request is refused.',
    requestHeaders: PREFER_HEADER,
    mayWait: true,
    body: REPLAY_BODY,
    answers: {
      200: {
        description: 'The new run, which ended within the preferred wait; or the result of the dry run.',
        schema: { oneOf: [ref('Run'), ref('ReplayPreview')] },
        headers: PREFER_ANSWER,
      },
      202: { description: 'The new run, which has not ended yet.', schema: ref('Run'), headers: PREFER_ANSWER },
    },
    makesOneRun: true,
    async handle({ caller, params, body, runId }) {
      const { dry_run, confirm, ...request } = body;
      const run = await getRun(ctx, caller.tenant, params.id!);
      requireActionRole(ctx, caller, run.action);
      if (dry_run) {
        if (confirm !== undefined) throw dryAndConfirmed();
        return { status: 200, body: show(await dryRunReplay(ctx, run, request)) };
      }
      const replay =
        confirm === undefined
          ? await replayUnseen(ctx, run, { ...request, id: runId })
          : await replayConfirmed(ctx, run, { ...request, confirm });
      await audit(ctx, caller, {
        action: 'run.replay',
        target: { kind: 'run', id: run.id },
        details: { replay: replay.id },
      });
      return accepted(replay);
    },
    finish: async (call, made) => (call.body.dry_run ? made : holdForEnd(serving, call, made)),
  });
}

function dryAndConfirmed(): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', 'a dry run is not confirmed', {
    hint: 'Omit "confirm" for a dry run, or "dry_run" to replay the run.',
    errors: [{ pointer: '/confirm', message: 'is not allowed with "dry_run": true' }],
  });
}

function show({ run, steps, version, input, delivery, repeats, confirm }: ConfirmablePreview): object {
  return {
    run: run.id,
    ...(run.kind === 'workflow' ? { workflow: run.workflow } : { action: run.action }),
    ...(run.replayed_by === undefined ? {} : { replayed_by: run.replayed_by }),
    ...(version && { version }),
    ...(input && { input }),
    ...(delivery && { delivery }),
    steps: steps.map(({ last_launch: last, ...step }) => ({
      ...step,
      ...(last && { last_launch: { ...last, at: toTimestamp(last.at) } }),
    })),
    repeats,
    confirm,
  };
}
