import type { Emulated } from '../emulated.ts';
import { FLIGHTS } from '../flights.ts';
import { sleep } from '../processes.ts';
import type { Random } from './random.ts';

/** Rows that come in while the sync runs, with times that are past already. */
export interface LateRows {
  /** Of rows that were committed in time: no later than the lag behind the time they carry. */
  inTime: Set<number>;
  /** The machine was too slow for these; whether they are found is open. */
  tooLate: Set<number>;
  /** No more rows; resolves when the last is committed. */
  stop(): Promise<void>;
}

/** Ids are given out in an order that has nothing to do with time; 2^17 of them. */
const IDS = 0x1ffff;
const ID_STEP = 40_503;
const PAUSE_MS: [number, number] = [20, 400];
const BATCH: [number, number] = [1, 8];
/** A row's time is at most so much of the lag past when it is inserted; the rest is for the insert. */
const SHARE = 0.6;

/** Begins to insert; ids are above `above`. Half of the rows have a whole second as their time, so that many are equal. */
export function insertLateRows(
  emulated: Pick<Emulated, 'sql'>,
  random: Random,
  of: { above: number; lagMs: number },
): LateRows {
  const inTime = new Set<number>();
  const tooLate = new Set<number>();
  let isOver = false;
  let made = 0;
  const insert = async () => {
    const rows = Array.from({ length: random.between(...BATCH) }, () => {
      const at = Date.now() - random.between(0, of.lagMs * SHARE);
      made += 1;
      const id = of.above + 1 + ((made * ID_STEP) & IDS);
      return { id, at: random.next() < 0.5 ? at - (at % 1000) : at };
    });
    const values = rows.map(({ id, at }) => `(${id}, timestamp_micros(${at}000), 1, 2, 'LAT', 'E')`);
    await emulated.sql(`INSERT INTO ${FLIGHTS} VALUES ${values.join(', ')}`);
    const now = Date.now();
    for (const { id, at } of rows) (now <= at + of.lagMs ? inTime : tooLate).add(id);
  };
  const loop = (async () => {
    while (!isOver && made <= IDS - BATCH[1]) {
      await insert();
      await sleep(random.between(...PAUSE_MS));
    }
  })();
  return {
    inTime,
    tooLate,
    async stop() {
      isOver = true;
      await loop;
    },
  };
}
