import { ConnectorError } from '../../connector/errors.ts';
import type { Trigger } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';

/** The trigger of a stored workflow. @throws ConnectorError ERR_TRIGGER_UNKNOWN where its connector was removed, or has it no longer */
export function knownTrigger(ctx: Pick<Context, 'manifests'>, id: string): Trigger {
  const trigger = ctx.manifests.triggers.get(id);
  if (trigger !== undefined) return trigger;
  throw new ConnectorError('ERR_TRIGGER_UNKNOWN', missingTrigger(id), {
    hint: 'Add the connector again, or save the workflow with another trigger.',
  });
}

/** What is wrong with a workflow whose trigger is gone. */
export function missingTrigger(id: string): string {
  return `there is no trigger "${id}": its connector was removed, or has it no longer, so nothing starts the workflow`;
}
