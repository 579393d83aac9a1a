import type { ActionCall, Io } from '../../actions/call.ts';
import { codeAction } from '../../actions/service.ts';
import { inputError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import type { ValueRef } from '../artifacts/artifact-store.ts';
import { type ArtifactHandle, artifactId } from '../artifacts/artifact-store.ts';
import { openElements } from '../artifacts/elements.ts';
import { writeJsonText } from '../artifacts/json-copy.ts';
import { copyAsLines } from '../artifacts/lines-copy.ts';
import { openRowSource } from '../artifacts/row-source.ts';
import { resolveAuthentication } from '../credentials/tokens/tokens.ts';
import { completeLinks, holdsLinks } from '../secrets/deferred-links.ts';
import { type SecretPlaces, secretPlaces } from '../secrets/secret-places.ts';
import { credentialsIn, type Hidden } from '../secrets/secrets.ts';
import type { Context } from './context.ts';
import { loadInput, loadOwnInput, loadShownOwnInput } from './inputs.ts';
import { createIo } from './io.ts';
import type { Run } from './run.ts';
import { hideOfRun, sealedOutput, secretsOfRun } from './run-secrets.ts';
import type { RunSession } from './run-session.ts';
import { withShownFields } from './shown-fields.ts';
import { findAction } from './submit.ts';

/** A trigger bounds its pages itself, and a lookup is read at once: neither has a use for an artifact of its own. */
const WHOLE_PAGE = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

const ROWS = '/rows';
/** In place of the rows while the rest of an input is checked. */
const SOME_ROW = { column: null };

/** What `advance` is called with. */
export interface Prepared {
  action: Action;
  call: ActionCall;
  io: Io;
  /** Its output may hold secrets, for later steps to read. */
  givesOn: boolean;
  /** What must not are in an error, whatever the service repeats: the tokens that were sent, and secrets of the input. */
  secrets(): string[];
  /** The secrets of an output that is the text of the input. */
  sealedText(): Promise<Pick<Run, 'sealed_output'>>;
}

/**
 * Opens a run's input and authentication.
 * @throws ConnectorError as `resolveAuthentication`, `secretsOfRun` and `loadValue` do
 */
export async function prepare(ctx: Context, session: RunSession): Promise<Prepared> {
  const { run, launches } = session;
  const action = findAction(ctx, run.action!);
  const input = isOwnInput(run) ? run.input : await inputOf(ctx, session, action);
  const binding =
    run.linked_account === undefined
      ? undefined
      : await session.phases.time(
          'authentication',
          resolveAuthentication(ctx, run.tenant, run.linked_account, run.authentication),
        );
  // What stays here keeps its approval links deferred; what leaves carries links that work.
  const links: string[] = [];
  const credentials = credentialsIn(secretPlacesOf(ctx, session, action, input));
  const { io, tokens } = createIo(ctx, {
    session,
    action,
    binding,
    secrets: () => [...credentials, ...links],
    sendsLink: (link) => links.push(link),
  });
  const toWire = (accepted: unknown): unknown => {
    const wire = action.input.toWire(accepted);
    if (!leavesPenstock(action) || !holdsLinks(wire)) return wire;
    return completeLinks(ctx, run.tenant, wire).then((completed) => {
      links.push(...completed.links);
      return completed.value;
    });
  };
  const parts = inParts(ctx, action, run);
  return {
    action,
    io,
    givesOn: codeAction(action)?.givesOn === true,
    secrets: () => [...tokens(), ...credentials, ...links],
    sealedText: async () => sealedOutput(await hiddenText(ctx, run)),
    call: {
      input: await toWire(input),
      options: run.options,
      run: { id: run.id, token: launches.token },
      account: binding?.account ?? {},
      effect: run.effect ?? action.manifest.effect,
      ...(run.purpose === 'poll' || run.purpose === 'lookup' ? { inline: WHOLE_PAGE } : {}),
      ...(parts.length === 0 ? {} : await partsOfCall(ctx, { session, action, input, toWire })),
    },
  };
}

/** What the action takes in parts. `toWire` may give a promise. */
async function partsOfCall(
  ctx: Context,
  of: { session: RunSession; action: Action; input: unknown; toWire: (accepted: unknown) => unknown },
): Promise<Pick<ActionCall, 'rows' | 'text'>> {
  const { session, action, input, toWire } = of;
  const { run } = session;
  if (codeAction(action)?.takes === 'text') {
    // As it is shown: its secrets are sealed beside the text.
    const own = await loadShownOwnInput(ctx, run);
    return { text: () => writeJsonText(ctx, own, run.input_refs!) };
  }
  const ref = run.input_refs![ROWS]!;
  const rows = await openRowSource(ctx, ref, {
    async accept(some) {
      const accepted = action.input.check({ ...(input as object), rows: some }, 'input');
      return ((await toWire(accepted)) as { rows: Record<string, unknown>[] }).rows;
    },
    asLines: () => linesOf(ctx, session, ref),
  });
  return { rows };
}

/** The secrets of the input, at the same places of an output that is its text. */
async function hiddenText(ctx: Context, run: Run): Promise<Hidden> {
  const { places } = secretsOfRun(ctx, run, 'input');
  return hideOfRun(ctx, await loadOwnInput(ctx, run), { tenant: run.tenant, run: run.id, part: 'output', places });
}

/** The copy of the rows as lines, made once for the run. */
async function linesOf(ctx: Context, session: RunSession, ref: ValueRef): Promise<ArtifactHandle> {
  const { run } = session;
  if (run.input_lines !== undefined) return run.input_lines;
  const { kind, batches } = await openElements(ctx, ref);
  const { artifact } = await copyAsLines(ctx, artifactId(run.id, 'lines'), batches);
  if (kind !== 'list') throw inputError(ROWS, 'must be a list');
  await session.keepLines(artifact);
  return artifact;
}

/** Pointers of the references that the action does not get as values. */
function inParts(ctx: Context, action: Action, run: Run): string[] {
  const refs = run.input_refs ?? {};
  const takes = codeAction(action)?.takes;
  if (takes === 'rows') return refs[ROWS] === undefined ? [] : [ROWS];
  const size = Object.values(refs).reduce((sum, { artifact }) => sum + artifact.size, 0);
  return takes === 'text' && size > ctx.config.expressionMaxBytes ? Object.keys(refs) : [];
}

/** The actions of `core` keep what they are given, but for the one that posts it. */
function leavesPenstock({ id, connector }: Action): boolean {
  return connector.id !== 'core' || id === 'core.webhook';
}

/** Those that were sealed, and those that the schema finds in what came from elsewhere. */
function secretPlacesOf(ctx: Context, { run }: RunSession, action: Action, input: unknown): SecretPlaces {
  const { places } = secretsOfRun(ctx, run, 'input');
  if (run.input_refs === undefined) return places;
  return new Map([...secretPlaces(action.manifest.input, input), ...places]);
}

/** Whether all of the input is in the record as it was accepted. */
function isOwnInput(run: Run): boolean {
  return run.input_artifact === undefined && run.input_refs === undefined && run.sealed_input === undefined;
}

async function inputOf(ctx: Context, { run }: RunSession, action: Action): Promise<unknown> {
  const parts = inParts(ctx, action, run);
  const whole = await loadInput(ctx, run, parts);
  const input =
    run.sealed_input === undefined ? whole : withShownFields(action.id, whole, await loadShownOwnInput(ctx, run));
  if (run.input_refs === undefined || codeAction(action)?.takes === 'text') return input;
  // What it refers to was not there to be checked when the run was made. Rows are checked as they are read.
  if (!parts.includes(ROWS)) return action.input.check(input, 'input');
  const { rows: _one, ...rest } = action.input.check({ ...(input as object), rows: [SOME_ROW] }, 'input') as {
    rows: unknown;
  };
  return rest;
}
