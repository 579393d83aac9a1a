import type { ActionCall, Io } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { completeLinks } from '../keys/deferred-links.ts';
import { type SecretPlaces, secretPlaces } from '../keys/secret-places.ts';
import { credentialsIn } from '../keys/secrets.ts';
import { resolveAuthentication } from '../tokens/tokens.ts';
import type { Hand } from './hand.ts';
import { loadInput } from './inputs.ts';
import { createIo } from './io.ts';
import { secretsOfRun } from './run-secrets.ts';
import { findAction } from './submit.ts';

/** A trigger bounds its pages itself, and has no use for an artifact of its own. */
const WHOLE_PAGE = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** What `advance` is called with. */
export interface Prepared {
  action: Action;
  call: ActionCall;
  io: Io;
  /** It gives back what it was given, for later steps to read. */
  givesOn: boolean;
  /** What must not stand in an error, whatever the service repeats: the tokens that were sent, and secrets of the input. */
  secrets(): string[];
}

/**
 * Opens a run's input and authentication.
 * @throws ConnectorError as `resolveAuthentication`, `secretsOfRun` and `loadValue` do
 */
export async function prepare(ctx: Context, hand: Hand): Promise<Prepared> {
  const { run, launches } = hand;
  const action = findAction(ctx, run.action!);
  const input = await inputOf(ctx, hand, action);
  const binding =
    run.linked_account === undefined
      ? undefined
      : await hand.phases.time(
          'authentication',
          resolveAuthentication(ctx, run.tenant, run.linked_account, run.authentication),
        );
  const credentials = credentialsIn(secretPlacesOf(ctx, hand, action, input));
  const { io, tokens } = createIo(ctx, { hand, action, binding, secrets: () => [...credentials, ...leaving.links] });
  // What stays here keeps its approval links deferred; what leaves carries links that work.
  const wire = action.input.toWire(input);
  const leaving = leavesPenstock(action) ? await completeLinks(ctx, run.tenant, wire) : { value: wire, links: [] };
  return {
    action,
    io,
    givesOn: action.id === 'core.transform',
    secrets: () => [...tokens(), ...credentials, ...leaving.links],
    call: {
      input: leaving.value,
      options: run.options,
      run: { id: run.id, token: launches.token },
      account: binding?.account ?? {},
      effect: run.effect ?? action.manifest.effect,
      ...(run.purpose === 'poll' ? { inline: WHOLE_PAGE } : {}),
    },
  };
}

/** The actions of `core` keep what they are given, but for the one that posts it. */
function leavesPenstock({ id, connector }: Action): boolean {
  return connector.id !== 'core' || id === 'core.webhook';
}

/** Those that were sealed, and those that the schema finds in what came from elsewhere. */
function secretPlacesOf(ctx: Context, { run }: Hand, action: Action, input: unknown): SecretPlaces {
  const { places } = secretsOfRun(ctx, run, 'input');
  if (run.input_refs === undefined) return places;
  return new Map([...secretPlaces(action.manifest.input, input), ...places]);
}

async function inputOf(ctx: Context, { run }: Hand, action: Action): Promise<unknown> {
  const input = await loadInput(ctx, run);
  // What it refers to was not there to be checked when the run was made.
  return run.input_refs === undefined ? input : action.input.check(input, 'input');
}
