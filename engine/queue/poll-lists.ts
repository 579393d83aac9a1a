import type { ActiveOperations } from '../../actions/active-operations.ts';
import { createBoundedCache } from '../../connector/bounded-cache.ts';
import { Later } from './place.ts';
import { createRecent, type Recent } from './recent.ts';

/** Lists of what continues at an account, each read once for the many runs of this process that wait there. */
export interface PollLists {
  /** Whether the newest list holds the operation; `read` is called when there is none, or it is too old. */
  holds(key: string, id: string, read: () => Promise<ActiveOperations>): Promise<boolean>;
}

interface Entry {
  asked: Recent;
  /** Being read, or read; failed ones are taken away. */
  list: Promise<ActiveOperations> | undefined;
  readAt: number;
  /** Of the present list, once it is read. */
  pages: number | undefined;
  /** Polls that the present list has saved. */
  saved: number;
  /** Not worth reading before this. */
  restUntil: number;
}

/** A list is a snapshot: an end is seen this much later at most, or as late as a slower list comes, and at the next poll. */
const FRESH_MS = 3000;
const WINDOW_MS = 5000;
/** With fewer polls in a window a list saves nothing. */
const LEAST_POLLS = 8;
/** A list that could not be read, or held fewer of ours than it has pages, is left alone for this long. */
const REST_MS = 60_000;
/** About 1,000 accounts with a list of some hundred ids. */
const MAX_SIZE = 5_000_000;
const LIST_SIZE = 4000;

/** Opens the lists of this process; nothing has to be closed. `now` is monotonic, in ms. */
export function openPollLists(now: () => number = () => performance.now()): PollLists {
  const entries = createBoundedCache<Entry>(MAX_SIZE);
  const entryOf = (key: string): Entry => {
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = { asked: createRecent(WINDOW_MS), list: undefined, readAt: 0, pages: undefined, saved: 0, restUntil: 0 };
      entries.set(key, entry, LIST_SIZE);
    }
    return entry;
  };

  return {
    async holds(key, id, read) {
      const entry = entryOf(key);
      const at = now();
      entry.asked.count(at);
      // One that is still being read is waited for, however long that takes.
      const isServed = entry.pages !== undefined && at - entry.readAt > FRESH_MS;
      // Judged when the list has served: others may have filled it.
      if (isServed && entry.saved < entry.pages!) rest(entry, entry.readAt + FRESH_MS);
      const isOld = isServed || entry.list === undefined;
      if (at < entry.restUntil) return false;
      if (isOld && entry.asked.inWindow(at) < LEAST_POLLS) return false;
      if (isOld) refresh(entry, now, read);
      const list = await entry.list!.catch((error: unknown) => {
        // The reader itself is to come back later; the others ask for themselves.
        if (isOld && error instanceof Later) throw error;
        return undefined;
      });
      if (list?.ids.has(id) !== true) return false;
      entry.saved += 1;
      return true;
    },
  };
}

function refresh(entry: Entry, now: () => number, read: () => Promise<ActiveOperations>): void {
  entry.readAt = now();
  entry.pages = undefined;
  entry.saved = 0;
  entry.list = read();
  entry.list.then(
    ({ pages }) => {
      entry.pages = pages;
    },
    (error: unknown) => {
      if (error instanceof Later) entry.list = undefined;
      else rest(entry, now());
    },
  );
}

function rest(entry: Entry, from: number): void {
  entry.restUntil = from + REST_MS;
  entry.list = undefined;
  entry.pages = undefined;
}
