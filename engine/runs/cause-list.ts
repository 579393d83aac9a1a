import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { causeOf, type RunCause } from './run-cause.ts';
import type { RunFilter } from './run-filter.ts';
import { listSummaries } from './run-list.ts';

/** Failed runs with the same code, action and message, but for what differs from run to run. Times are epoch ms. */
export interface Cause extends RunCause {
  count: number;
  first_at: number;
  last_at: number;
  /** The newest of them. */
  example_run: string;
  linked_accounts: { id: string; count: number }[];
}

export interface Causes {
  causes: Cause[];
  /** False when there are more failed runs than one call reads: these are the newest. */
  is_complete: boolean;
}

/** What is older is found with `to`. */
const MAX_RUNS = 10_000;
const MAX_CAUSES = 200;
const PAGE = 200;
/** A filter that matches little must not read the whole history in one call. */
const MAX_PAGES = 100;

/** The failed runs that match a filter, grouped by what made them fail; the largest group first. */
export async function listCauses(ctx: Context, tenant: string, filter: RunFilter): Promise<Causes> {
  const causes = new Map<string, Cause>();
  let after: string | undefined;
  let seen = 0;
  let pages = 0;
  do {
    const page = await listSummaries(ctx, tenant, { filter: { ...filter, status: 'failed' }, limit: PAGE, after });
    for (const run of page.items) addTo(causes, run);
    seen += page.items.length;
    pages += 1;
    after = page.next;
  } while (after !== undefined && seen < MAX_RUNS && pages < MAX_PAGES);
  const sorted = [...causes.values()].sort((a, b) => b.count - a.count || b.last_at - a.last_at);
  for (const cause of sorted) cause.linked_accounts.sort((a, b) => b.count - a.count);
  return { causes: sorted.slice(0, MAX_CAUSES), is_complete: after === undefined && sorted.length <= MAX_CAUSES };
}

function addTo(causes: Map<string, Cause>, run: Run): void {
  const about = causeOf(run);
  const at = run.created_at;
  let cause = causes.get(about.id);
  if (cause === undefined) {
    // Runs come newest first.
    cause = { ...about, count: 0, first_at: at, last_at: at, example_run: run.id, linked_accounts: [] };
    causes.set(about.id, cause);
  }
  cause.count += 1;
  cause.first_at = Math.min(cause.first_at, at);
  const account = run.error?.step?.linked_account ?? run.linked_account;
  if (account === undefined) return;
  const known = cause.linked_accounts.find(({ id }) => id === account);
  if (known === undefined) cause.linked_accounts.push({ id: account, count: 1 });
  else known.count += 1;
}
