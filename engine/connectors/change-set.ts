import type { Actor } from '../access/actor.ts';
import { auditWrite, type Change as Noted } from '../access/audit.ts';
import { ensureTenant, type Tenant } from '../access/tenants.ts';
import { compareAndSet, unchanged } from '../store/compare-and-set.ts';
import { usageCheck, usageWrite } from '../store/quotas.ts';
import { readRecord, updateWrites, type Write } from '../store/records.ts';
import {
  type ConnectorEntry,
  type ConnectorSet,
  EMPTY_SET,
  filesField,
  readSet,
  setField,
  USES,
} from './connector-sets.ts';
import type { Context } from './context.ts';

/** What happens to one connector of a set. */
export interface SetChange {
  id: string;
  /** Its new files and title; left out, it is removed. */
  stored?: { text: string; title: string };
  noted: Noted;
}

/**
 * Changes one connector of a tenant: the next catalog has it, and the present ones stay for the runs that began with them. All of it is
 * written at once, or nothing. `decide` reads and decides again when another change, or something that uses connectors, came first; without
 * a change nothing is written.
 * @throws ConnectorError ERR_QUOTA_EXCEEDED; ERR_CONFLICT when others keep changing them; what `decide` throws
 */
export async function changeSet(
  ctx: Context,
  actor: Actor,
  decide: (before: ConnectorSet, catalog: number | undefined) => Promise<SetChange | undefined>,
): Promise<void> {
  const { tenant } = actor;
  await ensureTenant(ctx, tenant);
  await compareAndSet(ctx, 'the connectors of the tenant', async () => {
    const record = (await readRecord<Tenant>(ctx, 'tenant', tenant))!;
    const { catalog: present } = record.value;
    const before = (present === undefined ? undefined : await readSet(ctx, tenant, present)) ?? EMPTY_SET;
    const key = ctx.keys.connectors(tenant);
    const uses = await ctx.redis.hget(key, USES);
    const change = await decide(before, present);
    if (change === undefined) return { result: undefined };
    const catalog = (present ?? 0) + 1;
    const { id, stored, noted } = change;
    const { [id]: old, ...others } = before.connectors;
    const now = ctx.clock.now();
    const bytes = stored === undefined ? 0 : Buffer.byteLength(stored.text);
    const entry: ConnectorEntry | undefined = stored && {
      revision: catalog,
      title: stored.title,
      bytes,
      created_at: old?.created_at ?? now,
      updated_at: now,
      updated_by: actor.keyId,
    };
    const set: ConnectorSet = { since: now, connectors: entry === undefined ? others : { ...others, [id]: entry } };
    const value: Tenant = { ...record.value, catalog };
    const more = Number(entry !== undefined) - Number(old !== undefined);
    return {
      checks: [
        unchanged(ctx, 'tenant', tenant, record),
        // What `decide` looked at: accounts, apps and workflows.
        ['free', key, USES, uses ?? ''],
        ...(more > 0 ? [usageCheck(ctx, { tenant, name: 'connectors', amount: more })] : []),
        ...(bytes > 0 ? [usageCheck(ctx, { tenant, name: 'connector_bytes', amount: bytes })] : []),
      ],
      writes: [
        ...updateWrites(ctx, { kind: 'tenant', id: tenant, version: record.version }, { value }),
        ['HSET', key, setField(catalog), JSON.stringify(set)],
        ...(stored === undefined ? [] : [['HSET', key, filesField(id, catalog), stored.text] satisfies Write]),
        usageWrite(ctx, { tenant, name: 'connectors', amount: more }),
        usageWrite(ctx, { tenant, name: 'connector_bytes', amount: bytes }),
        ...(present === undefined ? [] : [['ZADD', ctx.keys.oldConnectors(), 'NX', now, tenant] satisfies Write]),
        auditWrite(ctx, actor, noted),
      ],
      cached: [['tenant', tenant]],
      result: undefined,
    };
  });
}
