import type { Connections } from '../../../connector/access.ts';
import type { Clock } from '../../process/clock.ts';

/** The connections that a process keeps to services that do not speak HTTP, by authentication. */
export interface KeptConnections {
  /** Those of one version of an authentication; the ones of an earlier version are closed. */
  of<T extends Connections>(owner: { id: string; version: string }, open: () => T): T;
  /** Closes all. */
  close(): Promise<void>;
}

/** Empty ones are looked for so often. */
const SWEEP_MS = 60_000;

/** Opens the store of connections; the caller closes it. */
export function keepConnections(clock: Pick<Clock, 'now'>): KeptConnections {
  const kept = new Map<string, { version: string; connections: Connections }>();
  let sweptAt = clock.now();
  const sweep = () => {
    if (clock.now() - sweptAt < SWEEP_MS) return;
    sweptAt = clock.now();
    for (const [id, { connections }] of kept) {
      if (!connections.isEmpty) continue;
      kept.delete(id);
      void connections.close();
    }
  };
  return {
    of<T extends Connections>({ id, version }: { id: string; version: string }, open: () => T): T {
      sweep();
      const known = kept.get(id);
      if (known?.version === version) return known.connections as T;
      if (known !== undefined) void known.connections.close();
      const connections = open();
      kept.set(id, { version, connections });
      return connections;
    },
    async close() {
      const all = [...kept.values()];
      kept.clear();
      await Promise.all(all.map(({ connections }) => connections.close()));
    },
  };
}
