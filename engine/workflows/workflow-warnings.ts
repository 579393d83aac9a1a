import type { JsonObject } from '../../connector/manifest.ts';
import { inputWarnings, type Warning } from '../../triggers/input-check.ts';
import type { Context } from '../runs/context.ts';
import { expressionWarnings } from './expression-warnings.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

export type { Warning } from '../../triggers/input-check.ts';

/** What a person should know of a definition that was accepted: shown when it is saved and when it is read. */
export function warningsOf(ctx: Context, definition: WorkflowDefinition): Warning[] {
  const { trigger } = definition;
  const isPolled = ctx.manifests.triggers.get(trigger.id)?.kind === 'poll';
  return [...(isPolled ? inputWarnings(trigger.input as JsonObject) : []), ...expressionWarnings(ctx, definition)];
}
