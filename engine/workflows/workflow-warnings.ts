import type { JsonObject } from '../../connector/manifest.ts';
import type { Warning } from '../../triggers/warning.ts';
import type { Context } from '../runs/context.ts';
import { expressionWarnings } from './expression-warnings.ts';
import { missingParts } from './missing-parts.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

export type { Warning } from '../../triggers/warning.ts';

/** What a person should know of a definition that was accepted: shown when it is saved and when it is read. */
export function warningsOf(ctx: Context, definition: WorkflowDefinition): Warning[] {
  const { trigger } = definition;
  const known = ctx.manifests.triggers.get(trigger.id);
  const polled = known?.kind === 'poll' ? known.connector.service : undefined;
  return [
    ...missingParts(ctx, definition),
    ...(polled?.triggerWarnings?.(trigger.input as JsonObject, null) ?? []),
    ...expressionWarnings(ctx, definition),
  ];
}
