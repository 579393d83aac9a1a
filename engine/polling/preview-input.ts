import { isDeepStrictEqual } from 'node:util';
import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { escapePart, partsOf, pointerOf } from '../../connector/json-pointer.ts';
import type { JsonObject, Trigger } from '../../connector/manifest.ts';
import { nearestNames } from '../../connector/nearest.ts';
import { chooseSource } from '../../triggers/open-source.ts';
import type { Context } from '../runs/context.ts';
import { newId } from '../store/ids.ts';
import type { Check } from '../workflows/check-parts.ts';
import { keepDraftSecrets } from '../workflows/draft-secrets.ts';
import { readDraft, shownDefinition } from '../workflows/drafts.ts';
import { checkTrigger } from '../workflows/trigger-check.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import type { WorkflowDefinition } from '../workflows/workflow-schema.ts';

/** A trigger as a workflow would use it. */
export interface TriggerUse {
  id: string;
  /** Id or name. */
  linked_account?: string | undefined;
  authentication?: string | undefined;
  input: JsonObject;
}

interface GivenUse extends TriggerUse {
  workflow?: Workflow | undefined;
  from: 'cursor' | 'start' | 'beginning';
}

/** A name of fewer characters is part of many words. */
const MIN_NAMED = 3;

/**
 * A use of a polling trigger, checked as a workflow's is; `input` has its defaults, and the secrets that the workflow has for it.
 * @throws ConnectorError ERR_TRIGGER_UNKNOWN, ERR_CONFLICT, ERR_INPUT_INVALID with pointers into the use
 */
export async function checkUse(
  ctx: Context,
  tenant: string,
  given: GivenUse,
): Promise<{ trigger: Trigger; use: TriggerUse; input: JsonObject }> {
  const trigger = ctx.manifests.triggers.get(given.id);
  if (trigger === undefined) throw unknown(ctx, given.id);
  if (trigger.kind !== 'poll') {
    throw new ConnectorError('ERR_CONFLICT', `the trigger ${given.id} does not poll, so there is nothing to preview`, {
      hint: 'Only polling triggers can be previewed: GET /v1/triggers shows the kind of each.',
    });
  }
  const use = {
    id: given.id,
    ...(given.linked_account !== undefined && { linked_account: given.linked_account }),
    ...(given.authentication !== undefined && { authentication: given.authentication }),
    input: withStart(trigger, await withSecrets(ctx, given), given.from),
  };
  const definition = structuredClone({ name: 'preview', trigger: use, steps: [] }) as unknown as WorkflowDefinition;
  const owner = { tenant, run: newId('run', ctx.clock.now()) };
  const check: Check = { ctx, tenant, owner, validationErrors: [] };
  await checkTrigger(check, definition);
  refuse(check.validationErrors.map(inRequest));
  const checked = definition.trigger as unknown as TriggerUse;
  return { trigger, use: checked, input: checked.input };
}

/** Without an account, defaults of its input are missing, too: what is said of the account comes alone. */
function refuse(errors: ValidationError[]): void {
  const ofAccount = errors.find(({ code, pointer }) => code !== undefined && !pointer.startsWith('/input'));
  const first = ofAccount ?? errors[0];
  if (first === undefined) return;
  const message = `the trigger is not valid: ${first.pointer} ${first.message}`;
  const code = ofAccount?.code ?? 'ERR_INPUT_INVALID';
  throw new ConnectorError(code, message, {
    errors: ofAccount === undefined ? errors : [ofAccount],
    hint: ofAccount?.hint,
  });
}

/** Hidden values are filled in only where the workflow sends them to the same place: with the same input and account. */
async function withSecrets(ctx: Context, given: GivenUse): Promise<JsonObject> {
  const { workflow, id, input, linked_account, authentication } = given;
  if (workflow === undefined) return input;
  const draft = await readDraft(ctx, workflow);
  for (const known of [draft?.definition, await shownDefinition(ctx, workflow)]) {
    const trigger = known?.trigger as Partial<TriggerUse> | undefined;
    if (known === undefined || !isDeepStrictEqual(trigger?.linked_account, linked_account)) continue;
    if (!isDeepStrictEqual(trigger?.authentication, authentication)) continue;
    const kept = keepDraftSecrets(ctx, { trigger: { id, input } } as JsonObject, known);
    const own = (kept.trigger as JsonObject).input as JsonObject;
    if (!isDeepStrictEqual(own, input)) return own;
  }
  return input;
}

/** After the secrets: with another start, the input would not be the one that they belong to. */
function withStart(trigger: Trigger, input: JsonObject, from: GivenUse['from']): JsonObject {
  const { properties = {} } = trigger.manifest.input as { properties?: JsonObject };
  return from === 'beginning' && properties.start !== undefined ? { ...input, start: 'beginning' } : input;
}

/**
 * An error of a source with pointers into the request: those of the engine are into a workflow, and those of an action into its input. An
 * error of the service without any gets the fields whose values its message names.
 */
export function atField(
  error: ConnectorError,
  { trigger, input }: { trigger: Trigger; input: JsonObject },
): ConnectorError {
  const own = (error.errors ?? []).flatMap((each) => fieldOf(each, { trigger, input }));
  const errors = own.length > 0 || error.upstream === undefined ? own : namedFields(error, { trigger, input });
  const { code, message, kind, hint, upstream, quota, retryAfterMs, sent, cause } = error;
  const more = errors.length > 0 ? { errors } : {};
  return new ConnectorError(code, message, { kind, hint, upstream, quota, retryAfterMs, sent, cause, ...more });
}

function fieldOf(
  error: ValidationError,
  { trigger, input }: { trigger: Trigger; input: JsonObject },
): ValidationError[] {
  if (error.pointer.startsWith('/trigger/')) return [inRequest(error)];
  if (/^\/(linked_account|authentication)$/.test(error.pointer)) return [error];
  const [root, name, ...below] = partsOf(error.pointer);
  if (root !== 'input') return [];
  const rest = pointerOf(below);
  if (name === undefined) return [];
  const { input: template } = chooseSource(trigger, input);
  if (typeof template === 'string') {
    return [{ ...error, pointer: `/input/${template.slice('$input.'.length)}/${escapePart(name)}${rest}` }];
  }
  const field = (template as JsonObject | undefined)?.[name];
  if (typeof field !== 'string' || !field.startsWith('$input.')) return [];
  return [{ ...error, pointer: `/input/${field.slice('$input.'.length)}${rest}` }];
}

function inRequest(error: ValidationError): ValidationError {
  return { ...error, pointer: error.pointer.replace(/^\/trigger(?=\/)/, '') };
}

/** Names in a message stand with or without quotes of SQL. */
function namedFields(
  { upstream }: ConnectorError,
  { trigger, input }: { trigger: Trigger; input: JsonObject },
): ValidationError[] {
  const { properties = {} } = trigger.manifest.input as { properties?: Record<string, JsonObject> };
  const said = plain(upstream?.message ?? '');
  return Object.entries(input).flatMap(([name, value]) => {
    if (typeof value !== 'string' || value.length < MIN_NAMED || properties[name]?.enum !== undefined) return [];
    if (!isNamed(said, plain(value))) return [];
    return [{ pointer: `/input/${escapePart(name)}`, message: upstream!.message! }];
  });
}

function plain(text: string): string {
  return text.replaceAll(/[`"]/g, '').toLowerCase();
}

/** As a whole word: `orders` is not in `old_orders`. */
function isNamed(said: string, name: string): boolean {
  for (let at = said.indexOf(name); at >= 0; at = said.indexOf(name, at + 1)) {
    const around = [said[at - 1], said[at + name.length]];
    if (around.every((sign) => sign === undefined || !/\w/.test(sign))) return true;
  }
  return false;
}

function unknown(ctx: Context, id: string): ConnectorError {
  const near = nearestNames(id, [...ctx.manifests.triggers.keys()]);
  return new ConnectorError('ERR_TRIGGER_UNKNOWN', `there is no trigger "${id}"`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'GET /v1/triggers lists them.',
  });
}
