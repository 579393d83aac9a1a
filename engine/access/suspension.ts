import { ConnectorError } from '../../connector/errors.ts';
import { compareAndSet, unchanged } from '../store/compare-and-set.ts';
import { readRecord, updateWrites } from '../store/records.ts';
import type { Actor } from './actor.ts';
import { auditWrite } from './audit.ts';
import type { Context } from './context.ts';
import { FIRST_TENANT } from './first-key.ts';
import type { Tenant } from './tenants.ts';

/**
 * Suspends a tenant, or resumes it, an operator's to do. While it is suspended its keys, sessions and links are refused, and nothing of it
 * starts. Doing it twice changes nothing.
 * @throws ConnectorError ERR_NOT_FOUND; ERR_CONFLICT for the first tenant, which operates the installation, and for one that is being deleted
 */
export async function setSuspended(
  ctx: Context,
  operator: Actor,
  change: { tenant: string; suspended: boolean; reason?: string | undefined },
): Promise<Tenant> {
  const { tenant: id, suspended, reason } = change;
  return changeTenant(ctx, id, (before) => {
    if (before.deleting === true) {
      throw new ConnectorError('ERR_CONFLICT', `the tenant "${id}" is being deleted`, {
        hint: `Repeat DELETE /v1/tenants/${id} until it answers 404.`,
      });
    }
    if ((before.suspended !== undefined) === suspended) return undefined;
    const { suspended: _before, ...rest } = before;
    const given = { at: ctx.clock.now(), by: operator.name, ...(reason === undefined ? {} : { reason }) };
    const verb = suspended ? 'suspend' : 'resume';
    return {
      value: suspended ? { ...rest, suspended: given } : rest,
      noted: auditWrite(ctx, operator, {
        action: `tenant.${verb}`,
        target: { kind: 'tenant', id, name: before.name },
        ...(suspended && reason !== undefined ? { details: { reason } } : {}),
      }),
    };
  });
}

/** Begins the deletion of a tenant, which stops all of it. Called again, it changes nothing. @throws as `setSuspended` */
export function markDeleting(ctx: Context, operator: Actor, id: string): Promise<Tenant> {
  return changeTenant(ctx, id, (before) => {
    if (before.deleting === true) return undefined;
    const target = { kind: 'tenant', id, name: before.name };
    return {
      value: { ...before, deleting: true },
      noted: auditWrite(ctx, operator, { action: 'tenant.delete', target }),
    };
  });
}

async function changeTenant(
  ctx: Context,
  id: string,
  decide: (before: Tenant) => { value: Tenant; noted: ReturnType<typeof auditWrite> } | undefined,
): Promise<Tenant> {
  if (id === FIRST_TENANT) {
    throw new ConnectorError('ERR_CONFLICT', `the tenant "${id}" operates the installation`, {
      hint: 'It can be neither suspended nor deleted: its admin keys are the ones that resume others.',
    });
  }
  return compareAndSet(ctx, `the tenant "${id}"`, async () => {
    const found = await readRecord<Tenant>(ctx, 'tenant', id);
    if (found === undefined) {
      throw new ConnectorError('ERR_NOT_FOUND', `there is no tenant "${id}"`, {
        hint: 'List them with GET /v1/tenants.',
      });
    }
    const change = decide(found.value);
    if (change === undefined) return { result: found.value };
    return {
      checks: [unchanged(ctx, 'tenant', id, found)],
      writes: [
        ...updateWrites(ctx, { kind: 'tenant', id, version: found.version }, { value: change.value }),
        change.noted,
      ],
      cached: [['tenant', id]],
      result: change.value,
    };
  });
}
