import { ConnectorError, type ErrorRecord } from '../../connector/errors.ts';
import { eventText } from '../events/life-events.ts';
import type { Context } from '../runs/context.ts';
import type { Run, RunEnd } from '../runs/run.ts';
import { readHead } from '../runs/runs.ts';
import { loadDefinition } from './definitions.ts';

/** Of an error that an event repeats; the run has all of it. */
const MAX_MESSAGE_LENGTH = 2000;
const DEFAULT_NOTIFY = ['failed'];
const EVENT_TRIGGER = 'core.event';

/**
 * The event of a workflow's run that ends now, where its definition wants one. A workflow that is a step of another has
 * none: the other's run tells of it.
 */
export async function endEvent(ctx: Context, run: Run, { status, error }: RunEnd): Promise<string | undefined> {
  if (run.purpose !== 'workflow' || status === 'canceled') return undefined;
  if (!(await notifyOf(ctx, run)).includes(status)) return undefined;
  return eventText(ctx, {
    type: status === 'failed' ? 'run.failed' : 'run.succeeded',
    data: {
      run: run.id,
      workflow: run.workflow,
      workflow_version: run.workflow_version,
      created_at: new Date(run.created_at).toISOString(),
      ...(run.replay_of === undefined ? {} : { replay_of: run.replay_of }),
      ...((await isByEvent(ctx, run)) ? { by_event: true } : {}),
      ...(error === undefined ? {} : { error: brief(error) }),
    },
  });
}

/** Whether an event started the run, or the run that it goes back to. */
async function isByEvent(ctx: Context, run: Run): Promise<boolean> {
  const first = run.root === undefined ? run : await readHead(ctx, run.root);
  if (first === undefined) return true;
  try {
    const { trigger } = await loadDefinition(ctx, first.workflow!, first.workflow_version!);
    return trigger.id === EVENT_TRIGGER;
  } catch (error) {
    if (error instanceof ConnectorError) return false;
    throw error;
  }
}

async function notifyOf(ctx: Context, run: Run): Promise<readonly string[]> {
  try {
    return (await loadDefinition(ctx, run.workflow!, run.workflow_version!)).notify ?? DEFAULT_NOTIFY;
  } catch (error) {
    // The workflow was deleted while its run was open.
    if (error instanceof ConnectorError) return DEFAULT_NOTIFY;
    throw error;
  }
}

function brief({ code, kind, message, hint, step }: ErrorRecord): Partial<ErrorRecord> {
  return {
    code,
    kind,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
    ...(hint === undefined ? {} : { hint }),
    ...(step === undefined ? {} : { step }),
  };
}
