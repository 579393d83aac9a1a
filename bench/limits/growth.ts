import type { Target, Told } from './target.ts';

/** Something that is to be done in time proportional to its size. */
export interface Case {
  name: string;
  /** The smallest size; it is measured beside twice and four times as much. */
  size: number;
  run(target: Target, size: number): Promise<Told>;
}

/** Below this a request is fast enough, however it grows; a clock tick of a process is 10 ms. */
const FAST_SECONDS = 0.15;
/** Twice the size takes twice the time when it grows with it, and four times when it grows with its square. */
const MAX_RATIO = 3;
/** Answers to refused requests; a larger one repeats what was sent. */
const MAX_ANSWER = 1_048_576;
const TRIES = 3;

/** What is wrong with a case; undefined for one that is as it should be. The best of three tries counts. */
export async function judge(target: Target, { name, size, run }: Case): Promise<string | undefined> {
  let worst: string | undefined;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const seconds: number[] = [];
    let answer = '';
    for (const factor of [1, 2, 4]) {
      const before = target.api.cpuSeconds();
      const { status, body } = await run(target, size * factor);
      seconds.push(target.api.cpuSeconds() - before);
      answer = `${status} ${/"(?:code|id)":"(\w+)"/.exec(body)?.[1] ?? ''}`;
      if (status >= 500) return `${name}: the answer is ${status}: ${body.slice(0, 300)}`;
      if (body.length > MAX_ANSWER) return `${name}: the answer has ${body.length} characters`;
    }
    const [, half = 0, whole = 0] = seconds;
    const ratio = whole / Math.max(half, FAST_SECONDS / MAX_RATIO);
    const told = seconds.map((one) => one.toFixed(2)).join(', ');
    if (whole <= FAST_SECONDS || ratio <= MAX_RATIO) {
      console.log(`${name}: ${told} s of processor time, ${answer}`);
      return undefined;
    }
    worst = `${name}: ${told} s of processor time for 1, 2 and 4 times the size, a ratio of ${ratio.toFixed(1)}`;
  }
  return worst;
}
