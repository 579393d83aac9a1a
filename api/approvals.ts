import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { audit } from '../engine/access/audit.ts';
import { limitRate } from '../engine/access/rates.ts';
import type { Context } from '../engine/context.ts';
import { isEnded, type Run } from '../engine/runs/run.ts';
import { showRun } from '../engine/runs/run-view.ts';
import { getRun } from '../engine/runs/runs.ts';
import { decideRun, runOfLink } from '../engine/workflows/approvals.ts';
import { openChildren } from '../engine/workflows/children.ts';
import { APPROVE } from '../engine/workflows/workflow-check.ts';
import { readWorkflow } from '../engine/workflows/workflow-record.ts';
import { type Answer, type Route, route } from './http/route.ts';
import { ref } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { approvalPage } from './pages/approval-page.ts';
import { messagePage, pageAnswer } from './pages/html.ts';

const MAX_COMMENT = 2000;
/** Waiting runs that an error names. */
const MAX_NAMED = 20;
const comment: JsonObject = { title: 'Comment', type: 'string', maxLength: MAX_COMMENT };
const DECISION_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    step: {
      title: 'Step',
      type: 'string',
      description: 'Required when several steps of the workflow run are waiting.',
    },
    comment,
  },
};
const FORM: JsonObject = {
  type: 'object',
  required: ['decision'],
  additionalProperties: false,
  properties: { decision: { title: 'Decision', type: 'string', enum: ['approve', 'deny'] }, comment },
};

/** A link is opened by a person, and guessed by a machine. */
const LINK_RATE = { most: 60, windowMs: 60_000 };

/** Decisions of people about runs that wait for them: by an API key, or with the link of one run. */
export function approvalRoutes({ ctx }: Serving): Route[] {
  const tag = 'Approvals';
  const decide = (word: 'approve' | 'deny') =>
    route<unknown, { step?: string; comment?: string }>({
      method: 'POST',
      path: `/v1/runs/{id}/${word}`,
      operation: `${word}_run`,
      tag,
      summary:
        word === 'approve' ? 'Approve a run that is waiting for approval.' : 'Deny a run that is waiting for approval.',
      description:
        'Pass the id of the step run or of its workflow run. The first decision is final: a later one fails with ERR_CONFLICT.',
      body: DECISION_BODY,
      answers: { 200: { description: 'The step run with the decision.', schema: ref('Run') } },
      async handle({ caller, params, body }) {
        const run = await waitingRun(ctx, await getRun(ctx, caller.tenant, params.id!), body.step);
        const said = body.comment === undefined ? {} : { comment: body.comment };
        await decideRun(ctx, run, { approved: word === 'approve', by: caller.name, ...said });
        await audit(ctx, caller, { action: `run.${word}`, target: { kind: 'run', id: run.id } });
        return { status: 200, body: showRun(await getRun(ctx, caller.tenant, run.id)) };
      },
    });
  return [
    decide('approve'),
    decide('deny'),
    route({
      method: 'GET',
      path: '/approvals/{link}',
      operation: 'show_approval_page',
      failures: [429],
      tag,
      summary: 'Show the page on which a person approves or denies. Opening it decides nothing.',
      isPage: true,
      answers: { 200: { description: 'The page.', content: 'text/html' } },
      async handle({ params, request }) {
        const run = await openLink(ctx, params.link!, request.ip);
        return pageAnswer(200, await page(ctx, run, params.link!));
      },
    }),
    route<unknown, { decision: 'approve' | 'deny'; comment?: string }>({
      method: 'POST',
      path: '/approvals/{link}',
      operation: 'submit_approval_page',
      failures: [409, 429],
      tag,
      summary: "Submit a person's decision.",
      isPage: true,
      isForm: true,
      guard: async ({ params, request }) => void (await openLink(ctx, params.link!, request.ip)),
      body: FORM,
      answers: { 200: { description: 'A page that confirms the decision.', content: 'text/html' } },
      async handle({ params, body, request }): Promise<Answer> {
        const run = await runOfLink(ctx, params.link!);
        const approved = body.decision === 'approve';
        const text = body.comment?.trim() ?? '';
        await decideRun(ctx, run, { approved, by: 'link', ...(text === '' ? {} : { comment: text }) });
        const actor = { tenant: run.tenant, keyId: 'link', name: 'approval link', from: request.ip };
        await audit(ctx, actor, { action: `run.${body.decision}`, target: { kind: 'run', id: run.id } });
        const title = approved ? 'Approved' : 'Denied';
        return pageAnswer(200, messagePage(title, 'The workflow continues. You can close this window.'));
      },
    }),
  ];
}

/** @throws ConnectorError ERR_RATE_LIMITED, ERR_NOT_FOUND */
async function openLink(ctx: Context, link: string, from: string): Promise<Run> {
  await limitRate(ctx, { subject: 'approval-link', id: from, ...LINK_RATE, what: 'attempts to open approval links' });
  return runOfLink(ctx, link);
}

async function page(ctx: Context, run: Run, link: string): Promise<string> {
  const workflow = run.workflow === undefined ? undefined : await readWorkflow(ctx, run.workflow);
  const { message } = run.input as { message?: string };
  return approvalPage({
    workflow: workflow?.name ?? run.workflow,
    step: run.step ?? run.id,
    message,
    askedAt: new Date(run.created_at),
    decided: run.decision,
    isOpen: run.decision === undefined && !isEnded(run.status),
    // Relative to the host: the page may be reached by another address than the public one.
    path: `/approvals/${encodeURIComponent(link)}`,
  });
}

/** The run itself, or of a workflow's run the one step that waits. @throws ConnectorError ERR_CONFLICT, ERR_INPUT_INVALID */
async function waitingRun(ctx: Context, run: Run, step: string | undefined): Promise<Run> {
  if (run.kind !== 'workflow') return run;
  const found: Run[] = [];
  // Whatever the number of items: one that is not looked at would be one that nobody is asked about.
  for await (const child of openChildren(ctx, run))
    if (child.action === APPROVE && (step === undefined || child.step === step)) found.push(child);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new ConnectorError('ERR_CONFLICT', `no step of run "${run.id}" is waiting for approval`, {
      hint: `GET /v1/runs/${run.id} shows its steps.`,
    });
  }
  const allowed = [...new Set(found.map((child) => child.step!))];
  const isOneStep = allowed.length === 1;
  throw new ConnectorError('ERR_INPUT_INVALID', `${found.length} steps of run "${run.id}" are waiting for approval`, {
    hint: isOneStep ? `Name the run of one of them: ${namesOf(found)}.` : 'Name the step.',
    errors: [{ pointer: '/step', message: 'must be one of the waiting steps', allowed }],
  });
}

function namesOf(found: readonly Run[]): string {
  const named = found.slice(0, MAX_NAMED).map(({ id }) => id);
  return [...named, ...(found.length > MAX_NAMED ? [`and ${found.length - MAX_NAMED} more`] : [])].join(', ');
}
