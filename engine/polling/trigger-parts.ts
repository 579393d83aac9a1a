import { cachePerOwner } from '../../connector/bounded-cache.ts';
import { parseJson } from '../../connector/json.ts';
import { scopeOf } from '../connectors/scope.ts';
import { toCursor } from '../cursors/cursors.ts';
import type { Context } from '../runs/context.ts';
import { loadDefinition } from '../workflows/definitions.ts';
import { shownVersion, WORKFLOW_KIND, type Workflow } from '../workflows/workflow-record.ts';
import { isPolled, type TriggerParts } from './trigger-view.ts';

type Use = TriggerParts['use'];

/** A version never changes. Kept apart from the definitions, of which workers need their own few: about 300 bytes each. */
const MAX_CHARACTERS = 8_000_000;
const kept = cachePerOwner<Use>(MAX_CHARACTERS);

/** What is known of triggers by their ids, with when they are due, in two round trips; a workflow that cannot be read is left out. */
export async function readTriggerParts(
  ctx: Context,
  due: readonly (readonly [id: string, at: number])[],
): Promise<{ workflow: Workflow; parts: TriggerParts }[]> {
  if (due.length === 0) return [];
  const { redis, keys } = ctx;
  const pipeline = redis.pipeline();
  for (const [id] of due) {
    pipeline.get(keys.object(WORKFLOW_KIND, id)).hgetall(keys.cursor(id));
    pipeline.zcard(keys.deadLetters(id)).zrange(keys.deadLetters(id), '-1', '-1', 'WITHSCORES');
  }
  const answers = (await pipeline.exec())!.map(([error, value]) => (error === null ? value : null));
  const found = await Promise.all(
    due.map(async ([, at], i) => {
      const [text, hash, open, last] = answers.slice(i * 4, i * 4 + 4) as [
        string | null,
        Record<string, string> | null,
        number | null,
        string[] | null,
      ];
      try {
        const workflow = text === null ? undefined : (parseJson(text) as Workflow);
        if (workflow === undefined || hash === null) return undefined;
        const version = shownVersion(workflow);
        // What is only a draft has no trigger yet.
        if (version === undefined) return undefined;
        const use = await useOf(ctx, workflow.id, version);
        const polls = isPolled(await scopeOf(ctx, workflow.tenant), use);
        const cursor = polls ? toCursor(hash) : undefined;
        const letters = polls
          ? { open: open ?? 0, lastAt: last?.[1] === undefined ? null : Number(last[1]) }
          : undefined;
        return { workflow, parts: { use, cursor, due: at, letters } };
      } catch {
        // A record that cannot be read, or that is deleted at this moment, hides no other; what reads it alone says so.
        return undefined;
      }
    }),
  );
  return found.filter((one) => one !== undefined);
}

async function useOf(ctx: Context, id: string, version: number): Promise<Use> {
  const known = kept(ctx.redis);
  const key = `${id}.${version}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const { trigger } = await loadDefinition(ctx, id, version);
  const { every_seconds } = trigger.input as { every_seconds?: number };
  const use: Use = {
    id: trigger.id,
    input: every_seconds === undefined ? {} : { every_seconds },
    ...(trigger.schedule && { schedule: trigger.schedule }),
    ...(trigger.linked_account !== undefined && { linked_account: trigger.linked_account }),
    ...(trigger.authentication !== undefined && { authentication: trigger.authentication }),
  };
  known.set(key, use, JSON.stringify(use).length);
  return use;
}
