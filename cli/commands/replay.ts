import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { printAnswer } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, option } from '../command.ts';
import { ApiProblem, UsageError } from '../problem.ts';
import { confirm } from '../secret.ts';
import { note, print, showProgress } from '../shell.ts';
import { table } from '../table.ts';

const DEFAULT_PER_SECOND = 10;
const MAX_PER_SECOND = 1000;
/** Runs that are shown to a person; the JSON has all. */
const MAX_SHOWN = 10;

/** How workflows are replayed, as the API wants it. */
export interface ReplayChoice {
  from?: 'failed' | { step: string };
  version?: 'newest';
}

/**
 * Replays every ended run that a filter finds and that was not replayed yet, oldest first, one after the other at a rate,
 * after the API's dry run was shown and confirmed. Ctrl-C stops between two of them; the next call goes on.
 */
export async function replayMany(
  call: Call,
  filter: Record<string, string | undefined>,
  choice: ReplayChoice,
): Promise<number> {
  const { shell } = call;
  const perSecond = Number(option(call, 'rate') ?? DEFAULT_PER_SECOND);
  if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND))
    throw new UsageError(`--rate is "${option(call, 'rate')}"; give runs a second, up to ${MAX_PER_SECOND}`);
  const preview = await call.client.call('POST', '/v1/runs/replay', { body: { filter, ...choice } });
  const isDry = call.options.dryRun === true;
  if (isDry || !call.isJson) printAnswer(call, preview, () => showPreview(call, preview));
  const { length } = preview.runs;
  if (isDry || length === 0) return 0;
  if (call.options.yes !== true && !(await confirm(shell, `Replay ${length} runs?`)))
    throw new UsageError(
      'nothing was replayed',
      'Give --yes to replay without being asked, or --dry-run to look only.',
    );
  return replayAll(call, preview.runs, { perSecond, choice });
}

function showPreview(call: Call, { runs, effects, is_cut }: Json): void {
  const { shell } = call;
  if (runs.length === 0) {
    print(shell, 'No run matches that was not replayed before.');
    return;
  }
  const groups = Map.groupBy(
    (runs as Json[]).flatMap(({ repeated }) => repeated as Json[]),
    ({ action, effect }) => `${action}\n${effect}`,
  );
  const rows = [...groups].map(([key, again]) => [again.length, ...key.split('\n')]);
  for (const line of table(shell, ['AGAIN', 'ACTION', 'EFFECT'], rows)) print(shell, line);
  const twice = effects.once + effects.token;
  print(shell, `${runs.length} runs; ${twice} actions would change something a second time.`);
  if (is_cut) print(shell, 'There are more runs; they come with the next call.');
}

async function replayAll(
  call: Call,
  chosen: Json[],
  how: { perSecond: number; choice: ReplayChoice },
): Promise<number> {
  const { shell, client } = call;
  const session = randomUUID();
  const replayed: { run: string; replay: string }[] = [];
  const failed: { run: string; code: string | undefined; detail: string }[] = [];
  const began = performance.now();
  for (const [i, { run: id }] of chosen.entries()) {
    if (shell.signal.aborted) break;
    try {
      // The key makes a repeat after a lost answer harmless.
      const headers = { 'idempotency-key': `${session}-${id}` };
      const made = await client.call('POST', path`/v1/runs/${id}/replay`, { headers, body: how.choice });
      replayed.push({ run: id, replay: made.id });
    } catch (error) {
      if (shell.signal.aborted) break;
      if (!(error instanceof ApiProblem)) throw error;
      failed.push({ run: id, code: error.problem.code, detail: error.message });
    }
    showProgress(shell, `${i + 1} of ${chosen.length} replayed`);
    const due = began + ((i + 1) * 1000) / how.perSecond;
    await sleep(Math.max(0, due - performance.now()), undefined, { signal: shell.signal }).catch(() => {
      // Ctrl-C: the loop ends.
    });
  }
  showProgress(shell, '');
  printAnswer(call, { replayed, failed, left: chosen.length - replayed.length - failed.length }, () => {
    print(
      shell,
      `Replayed ${replayed.length} of ${chosen.length} runs. Each names its replay, and the replay names it.`,
    );
    for (const { run, code, detail } of failed.slice(0, MAX_SHOWN)) note(shell, `${run}: ${detail} (${code})`);
    if (failed.length > MAX_SHOWN) note(shell, `… and ${failed.length - MAX_SHOWN} more were refused; --json has all.`);
  });
  return failed.length > 0 ? 1 : 0;
}
