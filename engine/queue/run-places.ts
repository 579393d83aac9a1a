import type { Keys } from '../store/redis-keys.ts';
import { callScript } from '../store/scripts.ts';
import type { Context } from './context.ts';

/** Who a place in flight belongs to: the account of the run, or its tenant where it has none or only starts other runs. */
export interface Owners {
  account: string;
  tenant: string;
}

/** The keys with which a script gives a place back, in the order of `leave_place` in engine/store/lua/parts/places.lua. */
export function placeKeys(keys: Keys, { account, tenant }: Owners): string[] {
  return [keys.inFlight(account), keys.inFlight(tenant), keys.backlogs(), keys.roundRobin(tenant), keys.slots()];
}

/**
 * Gives the place of a run back that needs none. Returns the accounts whose backlogs `releaseBacklog` is to look at. Repeated, it changes
 * nothing.
 */
export async function leavePlace(
  { redis, keys }: Pick<Context, 'redis' | 'keys'>,
  owners: Owners,
  id: string,
): Promise<string[]> {
  return (await callScript(redis, 'leavePlace', placeKeys(keys, owners), [owners.account, id])) as string[];
}
