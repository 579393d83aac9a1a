import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ConnectorError } from '../connector/errors.ts';
import { wake } from './cancel.ts';
import type { Context } from './context.ts';
import { emitEvent } from './life-events.ts';
import { type Decision, isEnded, type Run, readRun } from './runs.ts';
import { APPROVE } from './workflow-check.ts';

const SECRET_BYTES = 32;
const SECRET = 'approval-secret';
const OWNER = 'penstock/approvals';
/** Of the signature, 128 bits. */
const SIGNATURE_DIGITS = 32;

/**
 * The link under which a person decides about a run that waits for an approval. It is known before the run begins, so that an
 * earlier step can send it; it says nothing once the run has ended.
 */
export async function approvalLink(ctx: Context, runId: string): Promise<string> {
  return `${ctx.config.publicUrl}/approvals/${runId}.${await sign(ctx, runId)}`;
}

/** Tells whoever listens to the tenant's events that a run waits for a person, with the link. */
export async function askForApproval(ctx: Context, run: Run, message: string | undefined): Promise<void> {
  await emitEvent(ctx, run.tenant, {
    type: 'approval.requested',
    data: {
      run: run.id,
      workflow: run.workflow,
      step: run.step,
      link: await approvalLink(ctx, run.id),
      ...(message === undefined ? {} : { message }),
    },
  });
}

/** The run of a link's last part. @throws ConnectorError ERR_NOT_FOUND for a link that was not made here, or whose run is gone */
export async function runOfLink(ctx: Context, token: string): Promise<Run> {
  const at = token.lastIndexOf('.');
  const [id, given] = [token.slice(0, at), token.slice(at + 1)];
  const expected = await sign(ctx, id);
  const isOurs = given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
  const run = isOurs ? await readRun(ctx, id) : undefined;
  if (run?.action === APPROVE) return run;
  throw new ConnectorError('ERR_NOT_FOUND', 'there is nothing to decide about under this link', {
    hint: 'The link is cut short, its run has not begun, or its run is gone.',
  });
}

/**
 * Writes a person's decision, which carries the run on. The first one counts.
 * @throws ConnectorError ERR_CONFLICT when it is decided, has ended, or waits for no approval
 */
export async function decideRun(ctx: Context, run: Run, decision: Omit<Decision, 'at'>): Promise<void> {
  if (run.action !== APPROVE) throw conflict(run, 'does not wait for an approval');
  if (isEnded(run.status)) throw conflict(run, `is ${run.status}`);
  const written: Decision = { ...decision, at: ctx.clock.now() };
  const isFirst = await ctx.redis.hsetnx(ctx.keys.run(run.id), 'decision', JSON.stringify(written));
  // Also for the second: the first may have died before it woke the run.
  await wake(ctx, run);
  if (isFirst === 0) throw conflict(run, 'is decided already');
}

function conflict(run: Run, why: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `the run "${run.id}" ${why}`);
}

async function sign(ctx: Context, text: string): Promise<string> {
  return createHmac('sha256', await secretOf(ctx))
    .update(text)
    .digest('hex')
    .slice(0, SIGNATURE_DIGITS);
}

/** One secret for all links, made when the first is; sealed like every other. */
async function secretOf(ctx: Context): Promise<string> {
  const key = ctx.keys.other('secret', SECRET);
  const sealed = await ctx.redis.get(key);
  if (sealed !== null) return ctx.dataKeyring.open(sealed, OWNER);
  await ctx.redis.setnx(key, ctx.dataKeyring.seal(randomBytes(SECRET_BYTES).toString('base64url'), OWNER));
  return secretOf(ctx);
}
