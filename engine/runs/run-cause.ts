import { hash } from 'node:crypto';
import type { ErrorCode } from '../../connector/errors.ts';
import type { Run } from './run.ts';

/** What failed runs of one reason have in common. */
export interface RunCause {
  /** The same for as long as code, action and pattern are; `cause` in a filter of runs. */
  id: string;
  code: ErrorCode;
  pattern: string;
  action: string | null;
}

const ID_DIGITS = 16;
/** The step's run has the whole text. */
export const MAX_CAUSE_LENGTH = 1000;
const GAP = '…';

/**
 * What differs between two runs that failed for one reason: quoted names, ids, numbers. An apostrophe inside a word is no
 * quote.
 */
const DIFFERENCES =
  /"[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|`[^`]*`|(?<!\w)'[^']*'|\b[a-z]{2,4}_[0-9a-z]{12,}[\w.]*|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]{0,8}\d)[0-9a-f]{8,}\b|\d+(?:[.,:]\d+)*/gi;

/** Which cause a failed run belongs to. Of a workflow's run it is that of the step that failed. */
export function causeOf(run: Pick<Run, 'error' | 'action'>): RunCause {
  const { code, message, step } = run.error ?? { code: 'ERR_INTERNAL' as const, message: '', step: undefined };
  const action = step?.action ?? run.action ?? null;
  const pattern = patternOf(step?.message ?? message);
  const cause = { code: step?.code ?? code, pattern, action };
  return { id: hash('sha256', JSON.stringify(cause)).slice(0, ID_DIGITS), ...cause };
}

/** What begins a quote. One that is left was cut before its end. */
const QUOTE = /["“„«`]|(?<!\w)'/;

/** The message with "…" for each number, id and quoted name. A long one is told by its beginning. */
export function patternOf(message: string): string {
  const text = message.slice(0, MAX_CAUSE_LENGTH).replace(DIFFERENCES, GAP);
  const open = message.length < MAX_CAUSE_LENGTH ? -1 : text.search(QUOTE);
  return open < 0 ? text : text.slice(0, open) + GAP;
}
