import type { Context } from '../engine/context.ts';
import { readDepths } from '../engine/operations/depths.ts';
import { recentTriggerSeries } from '../engine/polling/trigger-metrics.ts';
import { readBacklogs } from '../engine/queue/account-backlog.ts';
import { readWorkers, type WorkerView } from '../engine/queue/workers.ts';
import type { Series } from '../engine/store/meters.ts';
import { gaugeText } from './meter-text.ts';
import { triggerText } from './trigger-metrics.ts';

const JOB_STATES = ['wait', 'prioritized', 'active', 'delayed'] as const;
const MS = 1000;

/**
 * What Redis knows of the installation, as Prometheus text: the same at every API process, so that it is aggregated with max. Anyone who
 * scrapes has no key: of tenants it has ids only.
 */
export async function sharedText(ctx: Context): Promise<string> {
  const { runs, urgent, ticks, isolated } = ctx.queues;
  const queues = [runs, urgent, ticks, isolated];
  const [counts, open, backlogs, depths, workers, triggers] = await Promise.all([
    Promise.all(queues.map((queue) => queue.getJobCounts(...JOB_STATES))),
    ctx.redis.zcard(ctx.keys.openRuns()),
    readBacklogs(ctx),
    readDepths(ctx),
    readWorkers(ctx),
    recentTriggerSeries(ctx),
  ]);
  const jobs = queues.flatMap(({ name: queue }, i) =>
    JOB_STATES.map((state): Series => ({ labels: { queue, state }, value: counts[i]![state] ?? 0 })),
  );
  const ofAccounts = <T extends { account: string }>(of: readonly T[], value: (one: T) => number) =>
    of.map((one): Series => ({ labels: { linked_account: one.account }, value: value(one) }));
  const now = ctx.clock.now();
  return [
    gaugeText('penstock_queue_jobs', 'Jobs by queue and state.', jobs),
    gaugeText('penstock_runs_open', 'Runs that have not ended.', [{ labels: {}, value: open }]),
    gaugeText(
      'penstock_account_queued_runs',
      'Runs of a linked account that have not started.',
      ofAccounts(depths, ({ queued }) => queued),
    ),
    gaugeText(
      'penstock_account_oldest_seconds',
      'Age of the oldest run of a linked account that has not started.',
      ofAccounts(depths, ({ oldest }) => Math.max(0, now - oldest) / MS),
    ),
    gaugeText(
      'penstock_account_backlog',
      'Runs of a linked account that wait for the queue because the account is at its limit.',
      ofAccounts(backlogs, ({ depth }) => depth),
    ),
    throttleText(workers),
    triggerText(triggers),
  ].join('');
}

/** Workspaces have names that say who a customer is, so they are counted here; `/v1/load` tells their own tenant which. */
function throttleText(workers: readonly WorkerView[]): string {
  const views = workers.flatMap(({ throttles = [] }) => throttles);
  const origins = (which: typeof views) => new Set(which.map(({ origin }) => origin)).size;
  const longestMs = Math.max(0, ...views.map(({ stoppedMs }) => stoppedMs));
  return [
    gaugeText('penstock_throttle_workspaces', 'Workspaces whose requests are throttled.', [
      { labels: { state: 'limited' }, value: origins(views) },
      { labels: { state: 'backing_off' }, value: origins(views.filter(({ stoppedMs }) => stoppedMs > 0)) },
    ]),
    gaugeText('penstock_throttle_waiting_requests', 'Requests that wait because of a throttle.', [
      { labels: {}, value: views.reduce((sum, { waiting }) => sum + waiting, 0) },
    ]),
    gaugeText(
      'penstock_throttle_longest_backoff_seconds',
      'Longest time until a workspace that asked Penstock to back off receives requests again.',
      [{ labels: {}, value: Math.ceil(longestMs / MS) }],
    ),
  ].join('');
}
