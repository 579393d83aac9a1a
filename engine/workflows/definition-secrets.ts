import { partsOf, pointerOf } from '../../connector/json-pointer.ts';
import type { Context } from '../runs/context.ts';
import { HIDDEN } from '../secrets/plain-names.ts';
import { type SecretPlace, type SecretPlaces, secretPlaces } from '../secrets/secret-places.ts';
import { hideSecrets, openSecrets, revealSecrets, type Secrets } from '../secrets/secrets.ts';
import { planOf } from './workflow-plan.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** A definition as Redis holds it: its secrets beside it, sealed for the one workflow. */
export type StoredDefinition = WorkflowDefinition & { sealed?: string };

type Owner = { id: string; tenant: string };

/** The places of a definition that are secret: its `secrets`, and what the inputs of trigger and steps hold. */
export function definitionPlaces(ctx: Context, definition: WorkflowDefinition): SecretPlaces {
  const { actions, triggers } = ctx.manifests;
  const places = new Map<string, SecretPlace>();
  const add = (found: SecretPlaces) => {
    for (const [pointer, place] of found) places.set(pointer, place);
  };
  for (const [name, value] of Object.entries(definition.secrets ?? {})) {
    places.set(pointerOf(['secrets', name]), { shown: HIDDEN, credentials: [value] });
  }
  const { trigger } = definition;
  add(secretPlaces(triggers.get(trigger.id)?.manifest.input ?? {}, trigger.input, ['trigger', 'input']));
  for (const { step, pointer } of planOf(definition).steps.values()) {
    const schema = actions.get(step.action)?.manifest.input ?? {};
    add(secretPlaces(schema, step.input, [...partsOf(pointer), 'input']));
  }
  return places;
}

/** The definition as it is stored. */
export function sealDefinition(ctx: Context, owner: Owner, definition: WorkflowDefinition): StoredDefinition {
  const { shown, sealed } = hideSecrets(definition, definitionPlaces(ctx, definition), sealingOf(ctx, owner));
  return { ...(shown as WorkflowDefinition), ...(sealed === undefined ? {} : { sealed }) };
}

/** The definition with its secrets in their places. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function openDefinition(ctx: Context, owner: Owner, { sealed, ...shown }: StoredDefinition): WorkflowDefinition {
  return revealSecrets(shown, openSecrets(sealed, sealingOf(ctx, owner))) as WorkflowDefinition;
}

/** What is sealed of a definition, sealed again with the key that seals now. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function resealDefinition(ctx: Context, of: Owner, sealed: string): string {
  const { keyring, owner } = sealingOf(ctx, of);
  return keyring.seal(keyring.open(sealed, owner), owner);
}

/** The secrets below one place of a definition, with pointers from there. */
export function secretsBelow(ctx: Context, owner: Owner, { sealed }: { sealed?: string }, pointer: string): Secrets {
  const { values, places } = openSecrets(sealed, sealingOf(ctx, owner));
  const below = Object.keys(values).filter((each) => each.startsWith(`${pointer}/`));
  return {
    values: Object.fromEntries(below.map((each) => [each.slice(pointer.length), values[each]])),
    places: new Map(below.map((each) => [each.slice(pointer.length), places.get(each)!])),
  };
}

function sealingOf(ctx: Context, { id, tenant }: Owner) {
  return { keyring: ctx.dataKeyring, owner: `${tenant}/${id}/definition` };
}
