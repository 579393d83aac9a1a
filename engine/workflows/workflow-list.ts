import { parseJson } from '../../connector/json.ts';
import type { Context } from '../runs/context.ts';
import { pageOfMatches } from '../store/filtered-list.ts';
import { type ListPage, type PageRequest, pageOfIndex } from '../store/list-pages.ts';
import { hasMetadata, type Metadata } from '../store/metadata.ts';
import { type Readable, readEach } from '../store/unreadable.ts';
import { WORKFLOW_KIND, type Workflow } from './workflow-record.ts';

/** A tenant's workflows, newest first. @throws ConnectorError ERR_INPUT_INVALID for a position that is none */
export async function listWorkflows(
  ctx: Context,
  tenant: string,
  { name, metadata = {}, ...page }: PageRequest & { name?: string | undefined; metadata?: Metadata | undefined },
): Promise<ListPage<Workflow>> {
  const index = ctx.keys.objects(WORKFLOW_KIND, tenant);
  const matches = (workflow: Workflow) => hasMetadata(workflow.metadata, metadata);
  if (name !== undefined) {
    const { items, ...rest } = await readWorkflows(ctx, await idsNamed(ctx, tenant, name));
    return { items: items.filter(matches), ...rest };
  }
  if (Object.keys(metadata).length > 0)
    return pageOfMatches(ctx, index, page, { read: (ids) => readWorkflows(ctx, ids), matches });
  const { ids, next } = await pageOfIndex(ctx, index, page);
  return { ...(await readWorkflows(ctx, ids)), next };
}

async function readWorkflows(ctx: Context, ids: string[]): Promise<Readable<Workflow>> {
  const texts = ids.length === 0 ? [] : await ctx.redis.mget(ids.map((id) => ctx.keys.object(WORKFLOW_KIND, id)));
  return readEach(ctx, WORKFLOW_KIND, {
    records: texts,
    idOf: (_, i) => ids[i]!,
    read: (text) => (text === null ? undefined : (parseJson(text) as Workflow)),
  });
}

async function idsNamed(ctx: Context, tenant: string, name: string): Promise<string[]> {
  const id = await ctx.redis.hget(ctx.keys.names(WORKFLOW_KIND, tenant), name);
  return id === null ? [] : [id];
}
