import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { openSource } from '../../triggers/open-source.ts';
import type { Position } from '../../triggers/position.ts';
import { readCursor, readMemory } from '../cursors/cursors.ts';
import type { Context } from '../runs/context.ts';
import { submitAction } from '../runs/submit.ts';
import { loadDefinition, openTriggerInput } from '../workflows/definitions.ts';
import type { Workflow } from '../workflows/workflow-record.ts';
import { publishedVersion } from '../workflows/workflows.ts';

/**
 * The position for what a person gave, in the source's own form.
 * @throws ConnectorError ERR_CURSOR_COLUMN when it is none; ERR_CONFLICT for a source that only knows its beginning
 */
export async function acceptPosition(
  ctx: Context,
  workflow: Workflow,
  given: { value: string; key: string | null },
): Promise<Position> {
  const { source } = await openSourceOf(ctx, workflow);
  if (source.accept !== undefined) {
    return source.accept(given, (await readCursor(ctx, workflow.id)).position);
  }
  throw new ConnectorError('ERR_CONFLICT', `the cursor of "${workflow.name}" cannot be set to a value`, {
    hint: 'Its source has no ordered cursor column. Reset the cursor instead to deliver everything again.',
  });
}

/** A count that was asked for: the run that makes it, and how its output is read. */
export interface CursorPreview {
  run: string;
  count(output: unknown): number;
}

/**
 * Begins to count the events that would be delivered again if the cursor were set to `to`, or reset with `null`.
 * @throws ConnectorError ERR_CONFLICT for a source in which nobody can know
 */
export async function previewCursor(ctx: Context, workflow: Workflow, to: Position | null): Promise<CursorPreview> {
  const { source, use, input } = await openSourceOf(ctx, workflow);
  if (source.count === undefined) {
    throw new ConnectorError(
      'ERR_CONFLICT',
      `the number of events that the cursor of "${workflow.name}" would deliver again is unknown`,
      {
        hint: 'Its source cannot be counted. Reset the cursor without a preview.',
      },
    );
  }
  const { position } = await readCursor(ctx, workflow.id);
  const memory = source.hasMemory ? await readMemory(ctx, workflow.id) : null;
  const poll = { input, position, memory, now: ctx.clock.now(), owner: workflow.id };
  const { ask, read } = source.count(poll, to);
  const run = await submitAction(ctx, workflow.tenant, {
    request: {
      action: ask.action,
      linked_account: use.linked_account,
      authentication: use.authentication,
      input: ask.input,
    },
    origin: { purpose: 'lookup', effect: 'safe' },
  });
  return { run: run.id, count: read };
}

async function openSourceOf(ctx: Context, workflow: Workflow) {
  const definition = await loadDefinition(ctx, workflow.id, publishedVersion(workflow));
  const { trigger: use } = definition;
  const trigger = ctx.manifests.triggers.get(use.id);
  if (trigger?.kind !== 'poll') {
    throw new ConnectorError('ERR_NOT_FOUND', `the workflow "${workflow.name}" has no cursor: ${use.id} does not poll`);
  }
  const input = openTriggerInput(ctx, workflow, definition) as JsonObject;
  return { source: openSource(trigger, input), use, input };
}
