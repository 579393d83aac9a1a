import { type Started, sleep } from '../processes.ts';
import type { Random } from './random.ts';

/** A process that is started again whenever it ends. */
export interface Kept {
  name: string;
  current: Started | undefined;
  start(): Promise<Started>;
}

/** Kills one process after the other until it is stopped; each comes back after a while. */
export interface Killer {
  kills: Record<string, number>;
  /** No more kills; resolves when everything runs again. */
  stop(): Promise<void>;
}

const PAUSE_MS: [number, number] = [400, 2500];
const DOWN_MS: [number, number] = [50, 1500];

/** Starts killing. `weights` says how often each is chosen, in the order of `kept`. */
export function startKiller(random: Random, kept: Kept[], weights: number[]): Killer {
  const kills: Record<string, number> = {};
  const returning = new Set<Promise<void>>();
  let isOver = false;
  const choices = kept.flatMap((one, i) => Array.from({ length: weights[i]! }, () => one));
  const killOne = async (one: Kept) => {
    const victim = one.current;
    if (victim === undefined) return;
    one.current = undefined;
    kills[one.name] = (kills[one.name] ?? 0) + 1;
    await victim.stop('SIGKILL');
    await sleep(random.between(...DOWN_MS));
    one.current = await one.start();
  };
  const loop = (async () => {
    while (!isOver) {
      await sleep(random.between(...PAUSE_MS));
      if (isOver) return;
      const back = killOne(random.pick(choices));
      returning.add(back);
      back.finally(() => returning.delete(back)).catch(() => {});
    }
  })();
  return {
    kills,
    async stop() {
      isOver = true;
      await loop;
      await Promise.all(returning);
    },
  };
}
