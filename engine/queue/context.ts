import type { Context as CredentialsContext } from '../credentials/context.ts';
import type { PollLists } from './poll-lists.ts';
import type { Queues } from './queues.ts';
import type { Throttle } from './throttle.ts';
import type { Turns } from './turns.ts';

/**
 * What the queue floor is given. Here belongs what executes when: BullMQ's queues and schedules, the backlog of each
 * account, the reserve of slots, the throttle of each workspace. It knows ids of runs, and not what a run is.
 */
export interface Context extends CredentialsContext {
  queues: Queues;
  throttle: Throttle;
  pollLists: PollLists;
  turns: Turns;
}
