import { ConnectorError } from '../../connector/errors.ts';
import { checkHost } from '../../connector/hosts.ts';
import type { Connector } from '../../connector/manifest.ts';
import type { DecisionOutcome, WebhookDecision } from '../../services/webhook-service.ts';
import { audit } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { isEnded, type Run } from '../runs/run.ts';
import { readRun } from '../runs/runs.ts';
import { decideRun, runOfLink } from '../workflows/approvals.ts';
import type { Workflow } from '../workflows/workflow-record.ts';

/** A service gives up an answer after three seconds. */
const REPLY_TIMEOUT_MS = 2_000;
const REPLY_MAX_BYTES = 64 * 1024;

/**
 * Decides about an approval of the workflow's tenant, as the person whose signed delivery says so, and tells that person what came of it.
 * The first decision counts. What cannot be told is logged: the decision stands.
 */
export async function decideByWebhook(
  ctx: Context,
  workflow: Workflow,
  connector: Connector,
  decision: WebhookDecision,
): Promise<void> {
  const outcome = await decide(ctx, workflow, decision);
  const reply = decision.reply(outcome);
  if (reply === undefined) return;
  try {
    checkHost(new URL(reply.url).origin, { connector, allowedHosts: ctx.config.allowedHosts, base: reply.base });
    const { status } = await ctx.http.send({
      method: 'POST',
      url: reply.url,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(reply.body),
      timeoutMs: REPLY_TIMEOUT_MS,
      maxBytes: REPLY_MAX_BYTES,
    });
    if (status >= 300) ctx.log.warn({ workflow: workflow.id, status }, 'a person was not told of a decision');
  } catch (error) {
    // The URL is a secret, and the text of an error may hold it.
    const code = error instanceof ConnectorError ? error.code : 'ERR_INTERNAL';
    ctx.log.warn({ workflow: workflow.id, code }, 'a person was not told of a decision');
  }
}

async function decide(ctx: Context, { tenant, name }: Workflow, decision: WebhookDecision): Promise<DecisionOutcome> {
  const run = await runAt(ctx, decision.link);
  if (run === undefined || run.tenant !== tenant) return { kind: 'unknown' };
  const ended = await endOf(ctx, run);
  if (ended !== undefined) return ended;
  if (!decision.isAllowed) return { kind: 'not_allowed' };
  const { approved, by } = decision;
  if (approved === undefined) return { kind: 'no_word' };
  try {
    await decideRun(ctx, run, { approved, by });
  } catch (error) {
    const other = await endOf(ctx, run);
    if (error instanceof ConnectorError && error.code === 'ERR_CONFLICT' && other !== undefined) return other;
    throw error;
  }
  const actor = { tenant, keyId: 'webhook', name: `${by}, by the workflow "${name}"` };
  await audit(ctx, actor, { action: approved ? 'run.approve' : 'run.deny', target: { kind: 'run', id: run.id } });
  return { kind: 'decided', approved };
}

async function runAt(ctx: Context, link: string): Promise<Run | undefined> {
  try {
    return await runOfLink(ctx, link.slice(link.lastIndexOf('/') + 1));
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Why nothing is left to decide. */
async function endOf(ctx: Context, { id }: Run): Promise<DecisionOutcome | undefined> {
  const run = await readRun(ctx, id);
  if (run === undefined) return { kind: 'unknown' };
  const { decision, status, error } = run;
  if (decision !== undefined) return { kind: 'already', approved: decision.approved, by: decision.by };
  if (!isEnded(status)) return undefined;
  return { kind: error?.code === 'ERR_TIMEOUT' ? 'expired' : 'ended' };
}
