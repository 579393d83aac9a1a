import type { JsonObject } from '../../connector/manifest.ts';
import { inputWarnings, type Warning } from '../../triggers/input-check.ts';
import type { Context } from '../context.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

export type { Warning } from '../../triggers/input-check.ts';

/** What a person should know of a definition that was accepted: shown when it is saved and when it is read. */
export function warningsOf(ctx: Context, { trigger }: WorkflowDefinition): Warning[] {
  return ctx.catalogue.triggers.get(trigger.id)?.kind === 'poll' ? inputWarnings(trigger.input as JsonObject) : [];
}
