import { hash } from 'node:crypto';
import { ConnectorError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readRun } from '../runs/runs.ts';
import { derivedId } from '../store/ids.ts';
import { type ReplayRequest, replayRun } from './replay.ts';
import { lockReplay } from './replay-lock.ts';
import { previewReplay, type RunReplayPreview } from './replay-preview.ts';

/** What a `confirm` says yes to, part by part, so that a refusal can tell which of them is another now. */
const PARTS = ['run', 'request', 'version', 'replay', 'delivery', 'steps'] as const;
type Part = (typeof PARTS)[number];
type Digests = Record<Part, string>;

const DIGITS = 8;
const CONFIRM = /^([0-9a-z]{1,11})((?:-[0-9a-f]{8}){6})$/;

/** A preview with what confirms it. */
export interface ConfirmablePreview extends RunReplayPreview {
  confirm: string;
}

/** What a replay would do, and the `confirm` with which exactly that is done. @throws as `previewReplay` */
export async function dryRunReplay(ctx: Context, run: Run, request: ReplayRequest): Promise<ConfirmablePreview> {
  const preview = await previewReplay(ctx, run, request);
  const digests = digestsOf(preview, request);
  const confirm = [ctx.clock.now().toString(36), ...PARTS.map((part) => digests[part])].join('-');
  return { ...preview, confirm };
}

/**
 * Replays a run as a dry run has shown it. Sent twice with the same `confirm`, also at once, it makes one replay.
 * @throws ConnectorError ERR_INPUT_INVALID for a `confirm` that is none; ERR_CONFLICT when it is of another run or request,
 * when what the replay would do has changed, or while another replay of the run begins; and those of `replayRun`
 */
export async function replayConfirmed(
  ctx: Context,
  run: Run,
  { confirm, ...request }: ReplayRequest & { confirm: string },
): Promise<Run> {
  const { at, digests } = parseConfirm(confirm, ctx.clock.now());
  if (digests.run !== digest(run.id)) throw ofOther('another run');
  if (digests.request !== digest(requestPart(request)))
    throw ofOther('another request: "from", "version" or "input" was different');
  const id = derivedId('run', at, [run.id, confirm]);
  const lock = await lockReplay(ctx, run.id);
  if (lock === undefined) throw replayedByOther(run);
  try {
    // As it is under the lock: another replay may have ended in between.
    const now = await readRun(ctx, run.id);
    if (now === undefined) throw new ConnectorError('ERR_NOT_FOUND', `there is no run "${run.id}"`);
    if (now.replayed_by === id) {
      const made = await readRun(ctx, id);
      if (made !== undefined) return made;
    }
    const preview = await previewReplay(ctx, now, request);
    assertSame(digests, digestsOf(preview, request), now);
    return await replayRun(ctx, now, { ...request, id, layout: preview.layout });
  } finally {
    await lock.release();
  }
}

/**
 * Replays a run without a dry run. Asked twice, one after the other, it makes two replays; of two at once, one is refused.
 * @throws ConnectorError ERR_CONFLICT while another replay of the run begins; and those of `replayRun`
 */
export async function replayUnseen(ctx: Context, run: Run, request: ReplayRequest): Promise<Run> {
  const lock = await lockReplay(ctx, run.id);
  if (lock === undefined) throw replayedByOther(run);
  try {
    return await replayRun(ctx, run, request);
  } finally {
    await lock.release();
  }
}

function parseConfirm(confirm: string, now: number): { at: number; digests: Digests } {
  const [, time = '', rest = ''] = CONFIRM.exec(confirm) ?? [];
  const at = Number.parseInt(time, 36);
  if (!(at <= now)) {
    throw new ConnectorError('ERR_INPUT_INVALID', `confirm "${confirm.slice(0, 100)}" is not a value from a dry run`, {
      hint: 'Send {"dry_run": true}, then the "confirm" value of its response.',
      errors: [{ pointer: '/confirm', message: 'is not a value from a dry run' }],
    });
  }
  const digests = rest.slice(1).split('-');
  return { at, digests: Object.fromEntries(PARTS.map((part, i) => [part, digests[i]])) as Digests };
}

function assertSame(given: Digests, now: Digests, run: Run): void {
  const words: Record<Part, string> = {
    run: 'the run is another',
    request: 'the request is another',
    version: 'another version of the workflow is published',
    replay: run.replayed_by === undefined ? 'the run was not replayed' : `the run was replayed by "${run.replayed_by}"`,
    delivery: 'its event batch was delivered, or the cursor was set',
    steps: 'what its steps did, or what they would do, is different',
  };
  const changed = PARTS.find((part) => given[part] !== now[part]);
  if (changed === undefined) return;
  throw refused(
    `the replay of run "${run.id}" would no longer do what the dry run showed: ${words[changed]}`,
    'Repeat the dry run, look at what it shows now, and send its new "confirm" value.',
    'belongs to a dry run before this change',
  );
}

function ofOther(what: string): ConnectorError {
  return refused(
    `the "confirm" value belongs to ${what}`,
    'Send the "confirm" value that the dry run of exactly this request has shown.',
    `belongs to ${what}`,
  );
}

function replayedByOther(run: Run): ConnectorError {
  return refused(`run "${run.id}" is being replayed by another request`, 'Read the run again.');
}

function refused(text: string, hint: string, message?: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', text, {
    hint,
    ...(message === undefined ? {} : { errors: [{ pointer: '/confirm', message }] }),
  });
}

function digestsOf({ run, version, delivery, steps }: RunReplayPreview, request: ReplayRequest): Digests {
  return {
    run: digest(run.id),
    request: digest(requestPart(request)),
    version: digest([version?.to]),
    replay: digest([run.replayed_by]),
    delivery: digest([delivery?.moves_cursor]),
    steps: digest(steps),
  };
}

function requestPart({ from, version, input }: ReplayRequest): unknown {
  return [from ?? 'start', version ?? 'same', input === undefined ? 'recorded' : { input }];
}

function digest(value: unknown): string {
  return hash('sha256', stringifyJson(value)).slice(0, DIGITS);
}
