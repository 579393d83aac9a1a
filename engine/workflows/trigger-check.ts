import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { escapePart } from '../../connector/json-pointer.ts';
import type { JsonObject, Trigger } from '../../connector/manifest.ts';
import { nearestNames } from '../../connector/nearest.ts';
import { isRegistered } from '../../connector/webhook-registration.ts';
import { chooseSource, openSource } from '../../triggers/open-source.ts';
import { withAccountDefaults } from '../credentials/records/run-account.ts';
import { occurrencesOf } from '../expressions/template.ts';
import { checkSchedule } from '../queue/schedules.ts';
import { type Check, moved, unknownAction, useAccount } from './check-parts.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** Validation errors of a trigger. Replaces its input with one that includes defaults. */
export async function checkTrigger(check: Check, definition: WorkflowDefinition): Promise<void> {
  const { ctx, validationErrors } = check;
  const { trigger: use } = definition;
  const trigger = ctx.manifests.triggers.get(use.id);
  if (use.schedule !== undefined) validationErrors.push(...checkSchedule(use.schedule, ctx.clock.now()));
  if (trigger === undefined) {
    const near = nearestNames(use.id, [...ctx.manifests.triggers.keys()]);
    const remedy = near.length > 0 ? `; did you mean "${near[0]}"?` : '; GET /v1/triggers lists them';
    validationErrors.push({ pointer: '/trigger/id', message: `"${use.id}" is not a trigger${remedy}` });
    return;
  }
  if (trigger.kind === 'schedule' && use.schedule?.cron === undefined && use.schedule?.every_seconds === undefined) {
    validationErrors.push({ pointer: '/trigger/schedule', message: 'requires every_seconds or cron' });
  }
  if (use.overlap !== undefined && trigger.kind !== 'schedule') {
    validationErrors.push({
      pointer: '/trigger/overlap',
      message: `is only allowed for core.schedule, not for ${use.id}`,
    });
  }
  if (use.freshness !== undefined && trigger.kind !== 'poll') {
    validationErrors.push({
      pointer: '/trigger/freshness',
      message: `is only allowed for polling triggers; ${use.id} does not poll`,
    });
  }
  validationErrors.push(...findExpressions(use.input));
  const hasAccount = use.linked_account !== undefined || use.authentication !== undefined;
  // A webhook that a person adds asks its service for nothing; an account is for the steps of its runs.
  const registers = isRegistered(trigger.manifest.webhook?.registration, use.input);
  const needsNone = trigger.kind === 'webhook' && !hasAccount && !registers;
  const account = needsNone ? undefined : await useAccount(check, { use, pointer: '/trigger', of: trigger });
  const schema = trigger.manifest.input;
  const filled = withAccountDefaults(trigger.connector, { schema, account, fills: 'all' }, use.input) as JsonObject;
  const { service } = trigger.connector;
  const given = service.normalizeTriggerInput?.(filled) ?? filled;
  const wrong = trigger.input
    .validationErrors(given)
    .map((validationError) => moved(validationError, '/trigger/input'));
  if (wrong.length === 0 && trigger.kind === 'poll') {
    const more = service.triggerInputErrors?.(given) ?? [];
    wrong.push(...more.map((validationError) => moved(validationError, '/trigger/input')));
  }
  validationErrors.push(...wrong);
  if (wrong.length > 0) return;
  use.input = trigger.input.check(given, 'trigger input') as Record<string, unknown>;
  if (trigger.kind !== 'poll') return;
  const before = validationErrors.length;
  checkSource(check, trigger, use.input as JsonObject);
  if (validationErrors.length === before) checkStart(check, trigger, use.input as JsonObject);
}

/** A source that the input names must be an action that only reads, with an input it takes. */
function checkSource({ ctx, validationErrors }: Check, trigger: Trigger, input: JsonObject): void {
  const source = chooseSource(trigger, input);
  if (!source.action.startsWith('$input.')) return;
  const name = source.action.slice('$input.'.length);
  const id = String(input[name]);
  const action = ctx.manifests.actions.get(id);
  if (action === undefined) {
    validationErrors.push({ pointer: `/trigger/input/${name}`, message: unknownAction(ctx, id) });
  } else if (action.manifest.effect !== 'safe') {
    validationErrors.push({
      pointer: `/trigger/input/${name}`,
      message: `"${id}" is not read-only, so it cannot be polled`,
    });
  } else if (typeof source.input === 'string') {
    const field = source.input.slice('$input.'.length);
    validationErrors.push(
      ...action.input
        .validationErrors(input[field] ?? {})
        .map((validationError) => moved(validationError, `/trigger/input/${field}`)),
    );
  }
}

/** A start that the source would refuse at its first look. */
function checkStart({ validationErrors }: Check, trigger: Trigger, input: JsonObject): void {
  if (typeof input.start_from !== 'string') return;
  try {
    openSource(trigger, input).accept?.({ value: input.start_from, key: null });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const why = error.errors?.[0]?.message ?? error.message;
    validationErrors.push({ pointer: '/trigger/input/start_from', message: `"${input.start_from}" ${why}` });
  }
}

/** The input of a trigger is taken as it stands: nothing has run that an expression could read. */
function findExpressions(input: Record<string, unknown>): ValidationError[] {
  return Object.entries(input).flatMap(([name, value]) =>
    typeof value === 'string' && [...occurrencesOf(value)].some(({ isWhole }) => isWhole)
      ? [
          {
            pointer: `/trigger/input/${escapePart(name)}`,
            message: 'must not contain expressions: only steps have expressions',
          },
        ]
      : [],
  );
}
