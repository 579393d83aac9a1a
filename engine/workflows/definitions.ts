import { cachePerOwner } from '../../connector/bounded-cache.ts';
import { ConnectorError } from '../../connector/errors.ts';
import { parseJson } from '../../connector/json.ts';
import type { Context } from '../runs/context.ts';
import { revealSecrets, type Secrets } from '../secrets/secrets.ts';
import { readOne } from '../store/unreadable.ts';
import { openDefinition, type StoredDefinition, secretsBelow } from './definition-secrets.ts';
import { type Plan, planOf } from './workflow-plan.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** One version of a workflow: never changed once it is written. */
export interface Definition extends WorkflowDefinition {
  plan: Plan;
  /** Its secrets; what is in their places only shows that they are there. */
  sealed?: string;
}

/**
 * A worker meets the same few versions over and over; one is some kilobytes, and no more than a body may be. Characters of their JSON;
 * what is made of it takes a few times that.
 */
const MAX_CHARACTERS = 8_000_000;
const KIND = 'workflow-version';
const kept = cachePerOwner<Definition>(MAX_CHARACTERS);

/** The key of one version, for a transaction that writes it. */
export function definitionKey(ctx: Context, id: string, version: number): string {
  return ctx.keys.object(KIND, `${id}.${version}`);
}

/**
 * The trigger and steps of one version, without their secrets. Costs no round trip while this process knows it.
 * @throws ConnectorError ERR_NOT_FOUND
 */
export async function loadDefinition(ctx: Context, id: string, version: number): Promise<Definition> {
  const known = kept(ctx.redis);
  const key = definitionKey(ctx, id, version);
  const found = known.get(key);
  if (found !== undefined) return found;
  const text = await ctx.redis.get(key);
  if (text === null) {
    throw new ConnectorError('ERR_NOT_FOUND', `version ${version} of workflow "${id}" was deleted`, {
      hint: 'The workflow was deleted.',
    });
  }
  const name = `${id}/${version}`;
  const stored = readOne('workflow definition', name, () => parseJson(text) as StoredDefinition);
  const definition: Definition = { ...stored, plan: planOf(stored) };
  known.set(key, definition, text.length);
  return definition;
}

/** As `loadDefinition`, of what this process knows. */
export function knownDefinition(ctx: Context, id: string, version: number): Definition | undefined {
  return kept(ctx.redis).get(definitionKey(ctx, id, version));
}

/** A definition as it may be shown. */
export function showDefinition({ plan: _plan, sealed: _sealed, ...definition }: Definition): WorkflowDefinition {
  return definition;
}

/** A definition as its author wrote it. */
export function revealDefinition(
  ctx: Context,
  workflow: { id: string; tenant: string },
  { plan: _plan, ...stored }: Definition,
): WorkflowDefinition {
  return openDefinition(ctx, workflow, stored);
}

/** The input of the trigger with its secrets. */
export function openTriggerInput(
  ctx: Context,
  workflow: { id: string; tenant: string },
  definition: Definition,
): Record<string, unknown> {
  const secrets = secretsBelow(ctx, workflow, definition, '/trigger/input');
  return revealSecrets(definition.trigger.input, secrets) as Record<string, unknown>;
}

/** The input of a step with its secrets, expressions still in it. */
export function openStepInput(
  ctx: Context,
  workflow: { id: string; tenant: string },
  definition: Definition,
  step: string,
): Record<string, unknown> {
  const planned = definition.plan.steps.get(step)!;
  const secrets = secretsBelow(ctx, workflow, definition, `${planned.pointer}/input`);
  return revealSecrets(planned.step.input, secrets) as Record<string, unknown>;
}

/** What expressions read as `secrets`. */
export function openWorkflowSecrets(
  ctx: Context,
  workflow: { id: string; tenant: string },
  definition: Definition,
): Secrets {
  return secretsBelow(ctx, workflow, definition, '/secrets');
}
