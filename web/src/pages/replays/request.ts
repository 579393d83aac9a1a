import type { ReplayRunData } from 'penstock-client';

export type ReplayBody = NonNullable<ReplayRunData['body']>;
/** What the URL says about a replay. */
export interface ReplaySearch {
  what?: string;
  step?: string;
  version?: string;
  input?: string;
}

export type What = 'start' | 'failed' | 'step';

/** What is run when the URL does not say: of a workflow that failed, only what did not succeed. */
export function whatOf({ what }: ReplaySearch, isFailedWorkflow: boolean): What {
  if (what === 'start' || what === 'failed' || what === 'step') return what;
  return isFailedWorkflow ? 'failed' : 'start';
}

/** The request without its input. */
export function choiceOf(what: What, { step, version }: ReplaySearch): Pick<ReplayBody, 'from' | 'version'> {
  return {
    from: what === 'step' ? { step: step ?? '' } : what,
    version: version === 'newest' ? 'newest' : 'same',
  };
}
