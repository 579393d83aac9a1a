import { ConnectorError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { openSource } from '../../triggers/open-source.ts';
import { type Range, writeRange } from '../cursors/backfills.ts';
import { readCursor } from '../cursors/cursors.ts';
import { enqueueTick } from '../queue/tick-queue.ts';
import type { Context } from '../runs/context.ts';
import { newId } from '../store/ids.ts';
import { loadDefinition, openTriggerInput } from '../workflows/definitions.ts';
import type { Workflow } from '../workflows/workflow-record.ts';

/**
 * Starts a backfill. Its events keep their ids, by which consumers ignore the ones they know.
 * @throws ConnectorError ERR_CONFLICT for a source that knows no ranges, ERR_CURSOR_COLUMN for a value that is none of the column
 */
export async function startRange(
  ctx: Context,
  workflow: Workflow,
  range: { after?: string | undefined; until: string; by: string },
): Promise<Range> {
  const definition = await loadDefinition(ctx, workflow.id, workflow.version);
  const trigger = ctx.manifests.triggers.get(definition.trigger.id);
  const input = openTriggerInput(ctx, workflow, definition) as JsonObject;
  const source = trigger?.kind === 'poll' ? openSource(trigger, input) : undefined;
  if (source?.accept === undefined || source.hasRanges !== true) {
    throw new ConnectorError(
      'ERR_CONFLICT',
      `the source of "${workflow.name}" has no ordered cursor column, so it cannot be backfilled`,
      {
        hint: 'Backfills require a table or a query. Reset the cursor to deliver everything again.',
      },
    );
  }
  // With the type of the column, where only the live sync has read it.
  const { position: current } = await readCursor(ctx, workflow.id);
  source.accept({ value: range.until, key: null }, current);
  const now = ctx.clock.now();
  const id = newId('rng', now);
  const { after, until, by } = range;
  const record: Range = {
    id,
    tenant: workflow.tenant,
    workflow: workflow.id,
    after: after ?? null,
    until,
    status: 'running',
    created_at: now,
  };
  const position =
    after === undefined ? { value: null, key: null } : source.accept({ value: after, key: null }, current);
  await writeRange(ctx, record, { position, by });
  await enqueueTick(ctx, id);
  return record;
}
