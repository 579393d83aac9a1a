import { Cron } from 'croner';
import cronstrue from 'cronstrue';

/** What a cron pattern says, and when it is due next. */
export interface CronReading {
  words: string;
  /** Epoch ms; fewer where it ends. */
  times: number[];
}

/** Reads a pattern as the engine does (`engine/queue/cron.ts`), which has the last word when the workflow is checked. */
export function readCron(
  cron: string,
  timeZone: string,
  { after, count = 5 }: { after: number; count?: number },
): CronReading | { problem: string } {
  try {
    const pattern = new Cron(cron, { timezone: timeZone, paused: true });
    const times: number[] = [];
    for (let at = after; times.length < count; ) {
      const next = pattern.nextRun(new Date(at))?.getTime();
      if (next === undefined) break;
      times.push(next);
      at = next;
    }
    return times.length === 0 ? { problem: 'It never occurs.' } : { words: wordsOf(cron), times };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Names such as @daily say what they mean by themselves. */
function wordsOf(cron: string): string {
  const text = cron.trim();
  if (text.startsWith('@')) return text.slice(1);
  try {
    return cronstrue.toString(text, { use24HourTimeFormat: true });
  } catch {
    return text; // A pattern that has no words is due all the same.
  }
}
