import type { ListRunsData, RunSummary } from 'penstock-client';

/** Query parameters of pages that are about some of the runs. */
export const RUN_SEARCH = ['status', 'code', 'cause', 'workflow', 'action', 'from', 'to', 'q'] as const;

export type RunSearch = { [name in (typeof RUN_SEARCH)[number] | 'account']?: string };
export type RunQuery = Omit<NonNullable<ListRunsData['query']>, 'limit' | 'cursor'>;

/** The filter of the API that query parameters mean. `q` is the beginning of an id, with or without `run_`. */
export function filterOf({ account, status, q, code, cause, workflow, action, from, to }: RunSearch): RunQuery {
  return withoutUndefined({
    linked_account: account,
    status: status as RunSummary['status'] | undefined,
    id: q === undefined ? undefined : idBeginning(q),
    code,
    cause,
    workflow,
    action,
    from,
    to,
  });
}

function idBeginning(text: string): string {
  const typed = text.trim().toLowerCase();
  return 'run_'.startsWith(typed) || typed.startsWith('run_') ? typed : `run_${typed}`;
}

function withoutUndefined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
