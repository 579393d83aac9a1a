import type { Decision } from '../../engine/runs/run.ts';
import { html, page } from './html.ts';

/** What a person reads before they decide. */
export interface ApprovalView {
  workflow: string | undefined;
  step: string;
  message: string | undefined;
  askedAt: Date;
  decided: Decision | undefined;
  /** It can still be decided. */
  isOpen: boolean;
  /** Where the form goes. */
  path: string;
}

/** The page under the link of a run that waits for a person: one form, two buttons, no scripts. */
export function approvalPage({ workflow, step, message, askedAt, decided, isOpen, path }: ApprovalView): string {
  const title = isOpen ? 'Approval needed' : 'No decision needed';
  return page(
    title,
    html`<h1>${title}</h1>
<p>Step <strong>${step}</strong>${workflow === undefined ? undefined : html` of the workflow <strong>${workflow}</strong>`}, requested on <time datetime="${askedAt.toISOString()}">${askedAt.toUTCString()}</time>.</p>
${message === undefined ? undefined : html`<p>${message}</p>`}
${isOpen ? form(path) : html`<p>${closedText(decided)}</p>`}`,
  );
}

function form(path: string) {
  return html`<form method="post" action="${path}"><label for="comment">Comment (optional)</label>
<input id="comment" name="comment" type="text" maxlength="2000" autocomplete="off">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button></form>`;
}

function closedText(decided: Decision | undefined): string {
  if (decided === undefined) return 'The run has ended without a decision.';
  const { approved, by, at } = decided;
  return `It was ${approved ? 'approved' : 'denied'} by ${by} on ${new Date(at).toUTCString()}.`;
}
