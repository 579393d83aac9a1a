import { ConnectorError } from '../../connector/errors.ts';
import type { Trigger } from '../../connector/manifest.ts';
import type { Warning } from '../../triggers/warning.ts';
import type { Context } from '../runs/context.ts';
import { planOf } from './workflow-plan.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** The trigger of a stored workflow. @throws ConnectorError ERR_TRIGGER_UNKNOWN where its connector was removed, or has it no longer */
export function knownTrigger(ctx: Pick<Context, 'manifests'>, id: string): Trigger {
  const trigger = ctx.manifests.triggers.get(id);
  if (trigger !== undefined) return trigger;
  throw new ConnectorError('ERR_TRIGGER_UNKNOWN', missingTrigger(id), {
    hint: 'Add the connector again, or save the workflow with another trigger.',
  });
}

/** What is gone of a stored workflow: its trigger, and the actions of its steps. */
export function missingParts({ manifests }: Pick<Context, 'manifests'>, definition: WorkflowDefinition): Warning[] {
  const steps = [...planOf(definition).steps.values()].filter(({ step }) => !manifests.actions.has(step.action));
  return [
    ...(manifests.triggers.has(definition.trigger.id) ? [] : [triggerWarning(definition.trigger.id)]),
    ...steps.map(({ step, pointer }) => ({
      pointer: `${pointer}/action`,
      code: 'action_missing',
      message: `there is no action "${step.action}": its connector was removed, or has it no longer, so the step fails`,
    })),
  ];
}

/** What a person should know of a trigger that is gone. */
export function triggerWarning(id: string): Warning {
  return { pointer: '/trigger/id', code: 'trigger_missing', message: missingTrigger(id) };
}

function missingTrigger(id: string): string {
  return `there is no trigger "${id}": its connector was removed, or has it no longer, so nothing starts the workflow`;
}
