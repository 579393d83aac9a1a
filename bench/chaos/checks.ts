import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Ledger } from './service.ts';

/** A run as the API shows it, as far as it is looked at. */
export interface Seen {
  id: string;
  kind: string;
  status: string;
  effect: string;
  error?: { code: string; message: string; hint?: string };
  launches: { number: number; token: string; outcome?: string }[];
  output?: unknown;
}

const ENDED = ['succeeded', 'failed', 'canceled'];
/** A run id begins so; keys of BullMQ's jobs end with one. */
const RUN_ID = /run_[0-9a-z]+/;

/** Everything that is wrong with the runs, given what the service saw. */
export function checkRuns(runs: Seen[], ledger: Ledger): string[] {
  const faults: string[] = [...ledger.unexpected.map((what) => `the service got ${what}`)];
  for (const run of runs) {
    if (!ENDED.includes(run.status)) faults.push(`${run.id} (${run.kind}) is ${run.status}`);
    if (run.kind.startsWith('once')) checkOnce(run, ledger, faults);
    if (run.kind.startsWith('token')) checkToken(run, ledger, faults);
    if (run.kind === 'idempotent' && run.status === 'succeeded' && effectOf(run, ledger) === 0)
      faults.push(`${run.id} succeeded without its effect`);
  }
  const tokens = new Set(runs.flatMap((run) => run.launches.map(({ token }) => token)));
  for (const token of Object.keys(ledger.token)) {
    if (!tokens.has(token)) faults.push(`the service saw the token ${token}, which no run has`);
  }
  return faults;
}

function checkOnce(run: Seen, ledger: Ledger, faults: string[]): void {
  const count = effectOf(run, ledger);
  if (count > 1) faults.push(`${run.id} (${run.kind}) had its effect ${count} times`);
  if (run.status === 'succeeded' && count !== 1) faults.push(`${run.id} succeeded with ${count} effects`);
  const isKnown = run.error?.code !== 'ERR_OUTCOME_UNKNOWN' && (run.launches.at(-1)?.outcome ?? 'failed') === 'failed';
  if (run.error?.hint?.includes('history shows it') === true && count !== 1)
    faults.push(`${run.id} is said to be in the query history, but had ${count} effects`);
  if (run.status === 'failed' && isKnown && count > 0)
    faults.push(`${run.id} failed as if nothing had happened: ${run.error?.code}`);
}

function checkToken(run: Seen, ledger: Ledger, faults: string[]): void {
  const sent = Object.keys(ledger.token).filter((token) => token.startsWith(`${run.id}-`));
  if (new Set(run.launches.map(({ number }) => number)).size !== run.launches.length)
    faults.push(`${run.id} has a launch number twice`);
  if (sent.length > run.launches.length)
    faults.push(`${run.id} sent ${sent.length} tokens in ${run.launches.length} launches`);
  if (sent.length > 1) faults.push(`${run.id} was launched ${sent.length} times although no launch had failed`);
  if (run.status === 'succeeded' && sent.length !== 1) faults.push(`${run.id} succeeded with ${sent.length} launches`);
}

function effectOf(run: Seen, { once, idempotent }: Ledger): number {
  const { name, path } = (run as unknown as { input: { name?: string; path?: string } }).input;
  if (run.kind === 'once') return once[name ?? ''] ?? 0;
  if (run.kind === 'idempotent') return idempotent[path ?? ''] ?? 0;
  return once[run.id] ?? 0;
}

/** What is left in Redis that belongs to no run, or should be gone when all runs have ended. */
export async function checkRedis(url: string, runs: Seen[]): Promise<string[]> {
  const redis = new Redis(url);
  const faults: string[] = [];
  const known = new Set(runs.map(({ id }) => id));
  for (let cursor = '0'; ; ) {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000);
    for (const key of keys) {
      const fault = await checkKey(redis, key, known);
      if (fault !== undefined) faults.push(fault);
    }
    cursor = next;
    if (cursor === '0') break;
  }
  redis.disconnect();
  return faults;
}

async function checkKey(redis: Redis, key: string, known: Set<string>): Promise<string | undefined> {
  const name = key.slice(key.indexOf('}:') + 2);
  if (/^run:/.test(name)) return known.has(name.slice(4)) ? undefined : `${key} is a record of no accepted run`;
  if (/^(runs|urgent):run_/.test(name)) return `${key} is a job that nobody needs`;
  if (/^(runs|urgent):(wait|active|prioritized|delayed|stalled)$/.test(name)) return notEmpty(redis, key);
  if (/^(runs-open|backlogs|backlog:.*|round-robin:.*|in-flight:.*)$/.test(name)) return notEmpty(redis, key);
  if (name.startsWith('throttle-permits:') || name.startsWith('lock:')) return undefined;
  const id = RUN_ID.exec(name)?.[0];
  return id === undefined || known.has(id) ? undefined : `${key} names a run that is not there`;
}

async function notEmpty(redis: Redis, key: string): Promise<string | undefined> {
  const type = await redis.type(key);
  const count =
    type === 'list'
      ? await redis.llen(key)
      : type === 'set'
        ? await redis.scard(key)
        : type === 'zset'
          ? await redis.zcard(key)
          : type === 'hash'
            ? await redis.hlen(key)
            : 0;
  return count === 0 ? undefined : `${key} still holds ${count}`;
}

/** Files under a folder that hold one of the secrets. */
export function findSecrets(folder: string, secrets: string[]): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return findSecrets(path, secrets);
    const bytes = readFileSync(path);
    return secrets
      .filter((secret) => bytes.includes(secret))
      .map((secret) => `${path} holds the secret ${secret.slice(0, 8)}…`);
  });
}
