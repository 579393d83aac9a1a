import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { printAnswer } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, option } from '../command.ts';
import { ApiProblem, UsageError } from '../problem.ts';
import { confirm } from '../secret.ts';
import { note, print, showProgress } from '../shell.ts';
import { table } from '../table.ts';

const PAGE = 200;
const DEFAULT_PER_SECOND = 10;
const MAX_PER_SECOND = 1000;
/** Codes of errors that are shown; the JSON has all. */
const MAX_SHOWN = 10;

/** What a run can do again, in the words of the manifests. */
const EFFECTS: Readonly<Record<string, string>> = {
  safe: 'only read',
  idempotent: 'write again, to the same end',
  token: 'write again',
  once: 'write again',
  workflow: 'do what their steps do',
};

/**
 * Replays every ended run that a filter finds, one after the other at a rate. Ctrl-C stops between two of them; what was
 * replayed says so and is passed over the next time. Steps are not listed: their workflow's run is.
 */
export async function replayMany(call: Call, filter: Record<string, string | undefined>): Promise<number> {
  const { shell } = call;
  const perSecond = Number(option(call, 'rate') ?? DEFAULT_PER_SECOND);
  if (!(perSecond > 0 && perSecond <= MAX_PER_SECOND))
    throw new UsageError(`--rate is "${option(call, 'rate')}"; give runs a second, up to ${MAX_PER_SECOND}`);
  const { chosen, passed } = await choose(call, filter);
  if (!call.isJson) showChoice(call, chosen, passed);
  if (call.options.dryRun === true) {
    if (call.isJson) printAnswer(call, { count: chosen.length, effects: countEffects(chosen), passed }, () => {});
    return 0;
  }
  if (chosen.length === 0) return 0;
  if (call.options.yes !== true && !(await confirm(shell, `Replay ${chosen.length} runs?`)))
    throw new UsageError(
      'nothing was replayed',
      'Give --yes to replay without being asked, or --dry-run to look only.',
    );
  return replayAll(call, chosen, perSecond);
}

async function choose(
  call: Call,
  filter: Record<string, string | undefined>,
): Promise<{ chosen: Json[]; passed: number }> {
  const status = filter.status ?? 'failed';
  if (['queued', 'running', 'waiting'].includes(status))
    throw new UsageError(`--status is "${status}"; only runs that have ended can be replayed`);
  const chosen: Json[] = [];
  let passed = 0;
  for (let cursor: string | undefined; ; ) {
    const query = { ...filter, status, limit: PAGE, cursor };
    const page = await call.client.call('GET', '/v1/runs', { query });
    for (const run of page.items as Json[]) {
      if (run.replayed_by !== undefined && call.options.again !== true) passed += 1;
      else chosen.push(run);
    }
    showProgress(call.shell, `${chosen.length} found`);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  showProgress(call.shell, '');
  // The list is newest first; what happened first is repeated first.
  return { chosen: chosen.reverse(), passed };
}

function showChoice(call: Call, chosen: Json[], passed: number): void {
  const groups = Map.groupBy(chosen, (run) => `${run.action ?? `workflow ${run.workflow}`}\n${effectOf(run)}`);
  const rows = [...groups].map(([key, runs]) => {
    const [what = '', effect = ''] = key.split('\n');
    return [runs.length, what, EFFECTS[effect] ?? effect];
  });
  if (rows.length > 0)
    for (const line of table(call.shell, ['RUNS', 'WHAT', 'THEY WOULD'], rows)) print(call.shell, line);
  else print(call.shell, 'No run matches.');
  if (passed > 0) print(call.shell, `${passed} were replayed before and are passed over; --again takes them, too.`);
}

function countEffects(runs: Json[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const run of runs) counts[effectOf(run)] = (counts[effectOf(run)] ?? 0) + 1;
  return counts;
}

function effectOf(run: Json): string {
  return run.kind === 'workflow' ? 'workflow' : run.effect;
}

async function replayAll(call: Call, chosen: Json[], perSecond: number): Promise<number> {
  const { shell, client } = call;
  const session = randomUUID();
  const replayed: { run: string; replay: string }[] = [];
  const failed: { run: string; code: string | undefined; detail: string }[] = [];
  const began = performance.now();
  for (const [i, { id }] of chosen.entries()) {
    if (shell.signal.aborted) break;
    try {
      // The key makes a repeat after a lost answer harmless.
      const headers = { 'idempotency-key': `${session}-${id}` };
      const made = await client.call('POST', path`/v1/runs/${id}/replay`, { headers, body: {} });
      replayed.push({ run: id, replay: made.id });
    } catch (error) {
      if (shell.signal.aborted) break;
      if (!(error instanceof ApiProblem)) throw error;
      failed.push({ run: id, code: error.problem.code, detail: error.message });
    }
    showProgress(shell, `${i + 1} of ${chosen.length} replayed`);
    const due = began + ((i + 1) * 1000) / perSecond;
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
