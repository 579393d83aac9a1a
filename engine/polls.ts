import { ConnectorError } from '../connector/errors.ts';
import type { Trigger } from '../connector/manifest.ts';
import { pollInput, readPage } from '../triggers/poll.ts';
import type { Context } from './context.ts';
import { beginPoll, failPage, handPage, releaseCursor } from './cursors.ts';
import { newId } from './ids.ts';
import { isEnded, type Run, readRun } from './runs.ts';
import { submitWorkflow } from './steps.ts';
import { submitAction } from './submit.ts';
import { loadDefinition, type Workflow } from './workflows.ts';

/**
 * Asks the source of a workflow's trigger for the next page, unless one is in flight or a backoff holds.
 * Safe to call as often as one likes, from any process: one of them gets the turn.
 * @returns the id of the poll's run, or `null` when there was nothing to do
 */
export async function poll(ctx: Context, workflow: Workflow, trigger: Trigger): Promise<string | null> {
  const id = newId('run', ctx.clock.now());
  let turn = await beginPoll(ctx, workflow.id, id);
  if (turn.kind === 'busy') {
    const holder = await readRun(ctx, turn.run);
    if (holder !== undefined && !isEnded(holder.status)) return null;
    await releaseCursor(ctx, workflow.id, turn.run);
    turn = await beginPoll(ctx, workflow.id, id);
  }
  if (turn.kind !== 'go') return null;
  const { trigger: use } = await loadDefinition(ctx, workflow.id, workflow.version);
  try {
    await submitAction(ctx, workflow.tenant, {
      request: {
        action: trigger.manifest.source.action,
        linked_account: use.linked_account,
        authentication: use.authentication,
        input: pollInput(trigger, use.input, turn.position),
      },
      origin: {
        id,
        purpose: 'poll',
        workflow: workflow.id,
        workflow_version: workflow.version,
        effect: 'safe',
        page: { version: turn.version, from: turn.position },
      },
    });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    await failPage(ctx, workflow.id, { run: id, message: error.message, failures: 0 });
    return null;
  }
  return id;
}

/**
 * Hands the rows of a finished poll to a run of the workflow; nothing new only frees the cursor.
 * Called again after a crash it makes no second run: the page's run id is derived from the poll's.
 * @throws ConnectorError ERR_CURSOR_COLUMN
 */
export async function deliverPage(ctx: Context, run: Run, output: unknown): Promise<void> {
  const { workflow, workflow_version: version, page } = run;
  if (workflow === undefined || version === undefined || page === undefined) return;
  const definition = await loadDefinition(ctx, workflow, version);
  const trigger = ctx.catalogue.triggers.get(definition.trigger.id);
  if (trigger === undefined)
    throw new ConnectorError('ERR_TRIGGER_UNKNOWN', `there is no trigger "${definition.trigger.id}"`);
  const read = readPage(trigger, { input: definition.trigger.input, output, owner: workflow });
  const pageRun = read.to === null ? '' : `${run.id}p`;
  const isOurs = await handPage(ctx, workflow, { poll: run.id, page: pageRun, version: page.version });
  if (!isOurs || read.to === null) return;
  await submitWorkflow(ctx, run.tenant, {
    id: pageRun,
    workflow,
    version,
    trigger: { events: read.events, from: page.from, to: read.to },
    page: { ...page, to: read.to, events: read.events.length, is_full: read.isFull },
  });
}
