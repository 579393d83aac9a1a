import type { SecretPlace, SecretPlaces } from '../secrets/secret-places.ts';
import { type Hidden, hideSecrets, NO_SECRETS, openSecrets, revealSecrets, type Secrets } from '../secrets/secrets.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';

type Part = 'input' | 'output';

/** A value of a run as its record holds it. */
export function hideOfRun(
  ctx: Context,
  value: unknown,
  of: { tenant: string; run: string; part: Part; places: SecretPlaces },
): Hidden {
  return hideSecrets(value, of.places, sealingOf(ctx, of.tenant, of.run, of.part));
}

/** The secrets of a run's input or output. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function secretsOfRun(ctx: Context, run: Run, part: Part): Secrets {
  const sealed = part === 'input' ? run.sealed_input : run.sealed_output;
  return sealed === undefined ? NO_SECRETS : openSecrets(sealed, sealingOf(ctx, run.tenant, run.id, part));
}

/** The field of a run's end for the secrets of its output. */
export function sealedOutput({ sealed }: Hidden): Pick<Run, 'sealed_output'> {
  return sealed === undefined ? {} : { sealed_output: sealed };
}

/** The secrets of other runs' outputs, sealed for the output of a run that has those at these pointers. */
export function sealAgain(
  ctx: Context,
  run: Pick<Run, 'id' | 'tenant'>,
  outputs: readonly { child: Run; at: string }[],
): Pick<Run, 'sealed_output'> {
  const places = new Map<string, SecretPlace>();
  const values: Record<string, unknown> = {};
  for (const { child, at } of outputs) {
    const secrets = secretsOfRun(ctx, child, 'output');
    for (const [pointer, place] of secrets.places) places.set(at + pointer, place);
    for (const [pointer, value] of Object.entries(secrets.values)) values[at + pointer] = value;
  }
  // Only their places matter: what is around them is not needed to seal them.
  const bare = revealSecrets({}, { values, places });
  return sealedOutput(hideOfRun(ctx, bare, { tenant: run.tenant, run: run.id, part: 'output', places }));
}

function sealingOf(ctx: Context, tenant: string, run: string, part: Part) {
  return { keyring: ctx.dataKeyring, owner: `${tenant}/${run}/${part}` };
}
