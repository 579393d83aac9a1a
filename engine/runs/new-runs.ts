import type { Context } from '../queue/context.ts';
import { addWithScript } from '../queue/queues.ts';
import type { QuotaName } from '../store/quotas.ts';
import type { RedisClient } from '../store/redis-client.ts';
import { callScriptOverKeys } from '../store/scripts.ts';

/** What the script of new runs is told once for all of them; see engine/store/lua/createRuns.lua. An empty key is none. */
export interface Shared {
  keys: readonly string[];
  args: readonly (string | number)[];
  /** They get their jobs in the same transaction; else they enter their account's backlog. */
  place: 'job' | 'backlog';
}

/** What is of one run. */
export interface NewRun {
  key: string;
  id: string;
  /** Of its job. */
  rank: number;
  trace: string;
  args: readonly (string | number)[];
  /** Field, value, ... */
  fields: readonly string[];
}

/** The outcome of a write, and how full it is now. */
export interface Written {
  /** `exists`: a run with its id was there, and nothing was changed. */
  result: 'written' | 'exists' | { quota: QuotaName; found: string };
  ofAccount: number;
  ofTenant: number;
  window: number;
  hasBacklog: boolean;
  /** Accounts whose backlogs are to be looked at: told to one of the runs. */
  accounts: string[];
}

/** More would keep Redis from others for too long. */
const MAX_TOGETHER = 16;

interface Waiting {
  run: NewRun;
  resolve(written: Written): void;
  reject(error: unknown): void;
}

/** By connection: what the present turn of the event loop has gathered so far. */
const gathered = new WeakMap<RedisClient, { shared: Shared; waiting: Waiting[] }[]>();

/**
 * Writes a new run. Those of one account that are written in one turn of the event loop go in one script, which asks for what they share,
 * and counts them, once. Nobody waits for that: all that is written in a turn leaves at its end anyway (engine/store/join-writes.ts).
 */
export function writeNewRun(ctx: Context, shared: Shared, run: NewRun): Promise<Written> {
  const { promise, resolve, reject } = Promise.withResolvers<Written>();
  let groups = gathered.get(ctx.redis);
  if (groups === undefined) {
    groups = [];
    gathered.set(ctx.redis, groups);
    setImmediate(() => {
      const all = gathered.get(ctx.redis) ?? [];
      gathered.delete(ctx.redis);
      for (const group of all) void send(ctx, group);
    });
  }
  const waiting = { run, resolve, reject };
  const group = groups.findLast((each) => each.waiting.length < MAX_TOGETHER && isSame(each.shared, shared));
  if (group === undefined) groups.push({ shared, waiting: [waiting] });
  else group.waiting.push(waiting);
  return promise;
}

async function send(ctx: Context, { shared, waiting }: { shared: Shared; waiting: Waiting[] }): Promise<void> {
  try {
    const answer = await call(
      ctx,
      shared,
      waiting.map(({ run }) => run),
    );
    const [results, ofAccount, ofTenant, window, backlog, accounts] = answer;
    for (const [i, { resolve }] of waiting.entries()) {
      resolve({
        result: resultOf(results[i]!),
        ofAccount,
        ofTenant,
        window,
        hasBacklog: backlog === 1,
        accounts: i === 0 ? accounts : [],
      });
    }
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}

type Result = 0 | 1 | [quota: string, found: string];
type Answer = [
  results: Result[],
  ofAccount: number,
  ofTenant: number,
  window: number,
  backlog: number,
  accounts: string[],
];

async function call(ctx: Context, { keys, args, place }: Shared, runs: readonly NewRun[]): Promise<Answer> {
  const first = runs[0]!.key;
  const allKeys = [...keys.map((key) => (key === '' ? first : key)), ...runs.map(({ key }) => key)];
  const allArgs = [...args, ...runs.flatMap((run) => [...run.args, run.fields.length, ...run.fields])];
  if (place === 'backlog') return (await callScriptOverKeys(ctx.redis, 'createRuns', allKeys, allArgs)) as Answer;
  return (await addWithScript(ctx.redis, ctx.queues.runs, {
    jobs: runs.map(({ id, rank, trace }) => ({ id, rank, trace })),
    script: { name: 'createRuns', args: [allKeys.length, ...allKeys, ...allArgs] },
  })) as Answer;
}

function resultOf(result: Result): Written['result'] {
  if (typeof result !== 'number') return { quota: result[0] as QuotaName, found: result[1] };
  return result === 1 ? 'written' : 'exists';
}

function isSame(one: Shared, other: Shared): boolean {
  return (
    one.place === other.place &&
    one.keys.every((key, i) => key === other.keys[i]) &&
    one.args.every((arg, i) => arg === other.args[i])
  );
}
