import { partsOf } from '../../connector/json-pointer.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { secretsOfRun } from '../runs/run-secrets.ts';
import type { SecretPlaces } from '../secrets/secret-places.ts';
import { credentialsIn, type Secrets } from '../secrets/secrets.ts';
import { openWorkflowSecrets } from './definitions.ts';
import type { SecretScope } from './secret-reads.ts';
import type { StepPlace } from './step-place.ts';

/** The secrets that the expressions of a step may read, opened. */
export interface ScopeSecrets extends SecretScope {
  /** What they read as `secrets`. */
  own: Record<string, unknown>;
}

/** Opens what is secret of a scope: the workflow's own secrets, and what came with the trigger, with earlier steps and with the item. */
export function openScopeSecrets(
  ctx: Context,
  { run, definition, item }: StepPlace,
  steps: ReadonlyMap<string, Run | undefined>,
): ScopeSecrets {
  const paths: (readonly string[])[] = [];
  const credentials: string[] = [];
  const add = (root: readonly string[], places: SecretPlaces) => {
    for (const pointer of places.keys()) paths.push([...root, ...partsOf(pointer)]);
    credentials.push(...credentialsIn(places));
  };
  const workflow = { id: run.workflow!, tenant: run.tenant };
  const own: Secrets = openWorkflowSecrets(ctx, workflow, definition);
  add(['secrets'], own.places);
  add(['trigger'], secretsOfRun(ctx, run, 'input').places);
  for (const [id, record] of steps) {
    if (record !== undefined) add(['steps', id, 'output'], secretsOfRun(ctx, record, 'output').places);
  }
  if (item?.places !== undefined) add(['item'], item.places);
  return { own: ownSecrets(own), paths, credentials: [...new Set(credentials)] };
}

/** What expressions read as `secrets`. */
export function ownSecrets({ values }: Secrets): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([pointer, value]) => [pointer.slice(1), value]));
}
