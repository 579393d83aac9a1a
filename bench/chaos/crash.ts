import { type Started, sleep } from '../processes.ts';
import type { Random } from './random.ts';

/** One worker that is killed again and again, most often after it got on. */
export interface Crashes {
  /** Starts the worker. */
  start(): Promise<Started>;
  /** Events delivered so far, over all that it works on. */
  progress(): Promise<number>;
  random: Random;
  kills: number;
  /** Between two kills about so many events are delivered. */
  step: number;
  say(line: string): void;
}

/** So many kills do not wait for progress: they meet a worker that starts, or resumes what the last one held. */
const EARLY = 0.2;
const EARLY_MS: [number, number] = [200, 20_000];
const JITTER_MS: [number, number] = [0, 250];
const DOWN_MS: [number, number] = [20, 800];
/** Nothing left to deliver but what comes in: then the next kill comes by time. */
const PATIENCE_MS = 40_000;
const LOOK_MS = 50;

/** Kills as often as ordered, then leaves a worker running. */
export async function crash(of: Crashes): Promise<Started> {
  const { random, kills } = of;
  let worker = await of.start();
  for (let i = 1; i <= kills; i += 1) {
    if (random.next() < EARLY) await sleep(random.between(...EARLY_MS));
    else await progress(of, random.between(1, Math.max(1, of.step * 2)));
    await sleep(random.between(...JITTER_MS));
    await worker.stop('SIGKILL');
    if (i % 5 === 0) of.say(`${i} kills, ${await of.progress()} events delivered`);
    await sleep(random.between(...DOWN_MS));
    worker = await of.start();
  }
  return worker;
}

async function progress(of: Crashes, events: number): Promise<void> {
  const from = await of.progress();
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_MS)) {
    if ((await of.progress()) >= from + events) return;
  }
}
