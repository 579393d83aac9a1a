/** Turns of ticks in one worker: one tenant holds only some of the slots, so that others' ticks need not wait for its. */
export interface TickTurns {
  /** Begins a tick of the tenant, whose end the caller tells; or says after how many ms to ask again. */
  begin(tenant: string): { end(): void } | { laterMs: number };
}

interface Line {
  active: number;
  /** Of a tick, in ms; smoothed. */
  typicalMs: number;
  /** When the next tick that is put off comes back; each has a time of its own, so that few come back in vain. */
  nextAt: number;
}

const MIN_LATER_MS = 100;
/** Ticks may have become quicker meanwhile. */
const MAX_LATER_MS = 60_000;
/** Of the newest tick in the typical time. */
const WEIGHT = 0.2;

/** Makes the turns of one worker. `now` is monotonic, in ms. */
export function createTickTurns(perTenant: number, now: () => number = () => performance.now()): TickTurns {
  const lines = new Map<string, Line>();
  return {
    begin(tenant) {
      const at = now();
      const line = lines.get(tenant) ?? { active: 0, typicalMs: 0, nextAt: 0 };
      lines.set(tenant, line);
      if (line.active < perTenant) {
        line.active += 1;
        return {
          end() {
            line.active -= 1;
            line.typicalMs += WEIGHT * (now() - at - line.typicalMs);
            if (line.active === 0 && line.nextAt <= now()) lines.delete(tenant);
          },
        };
      }
      line.nextAt = Math.max(line.nextAt, at) + line.typicalMs / perTenant;
      return { laterMs: Math.min(MAX_LATER_MS, MIN_LATER_MS + line.nextAt - at) };
    },
  };
}
