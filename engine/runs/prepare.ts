import type { ActionCall, Io } from '../../actions/call.ts';
import type { Action } from '../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { completeLinks } from '../keys/deferred-links.ts';
import { openInput, secretProperties } from '../keys/secrets.ts';
import { resolveAuthentication } from '../tokens/tokens.ts';
import type { Hand } from './hand.ts';
import { loadInput } from './inputs.ts';
import { createIo } from './io.ts';
import { findAction, sealOwner } from './submit.ts';

/** A trigger bounds its pages itself, and has no use for an artifact of its own. */
const WHOLE_PAGE = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** What `advance` is called with. */
export interface Prepared {
  action: Action;
  call: ActionCall;
  io: Io;
  /** What must not stand in an error, whatever the service repeats: the tokens that were sent, and secrets of the input. */
  secrets(): string[];
}

/**
 * Opens a run's input and authentication.
 * @throws ConnectorError as `resolveAuthentication`, `openInput` and `loadValue` do
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
  const { io, tokens } = createIo(ctx, { hand, action, binding });
  // What stays here keeps its approval links deferred; what leaves carries links that work.
  const wire = action.input.toWire(input);
  const leaving = leavesPenstock(action) ? await completeLinks(ctx, run.tenant, wire) : { value: wire, links: [] };
  return {
    action,
    io,
    secrets: () => [...tokens(), ...secretsIn(action, input), ...leaving.links],
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

function secretsIn(action: Action, input: unknown): string[] {
  const fields = (input ?? {}) as Record<string, unknown>;
  const values = secretProperties(action.manifest.input).map((name) => fields[name]);
  return values.filter((value) => typeof value === 'string');
}

async function inputOf(ctx: Context, { run }: Hand, action: Action): Promise<unknown> {
  const stored = await loadInput(ctx, run);
  const secrets = secretProperties(action.manifest.input);
  const input = openInput(stored, secrets, { keyring: ctx.dataKeyring, owner: sealOwner(run.tenant) });
  // What it refers to was not there to be checked when the run was made.
  return run.input_refs === undefined ? input : action.input.check(input, 'input');
}
