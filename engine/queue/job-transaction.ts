import { isCluster } from '../store/redis.ts';
import type { RedisClient } from '../store/redis-client.ts';

/** A command that is defined on the connection: a script of ours or one of BullMQ's. */
interface Command {
  name: string;
  args: (string | number | Buffer)[];
}

/** Takes commands: BullMQ's view of a connection, or of a transaction. */
export interface CommandTarget {
  runCommand(name: string, args: Command['args']): unknown;
}

/** Adds a job to a target: BullMQ's `Job#addJob`. */
type AddTo = (target: CommandTarget) => Promise<unknown>;

/** What is to be sent in one transaction. */
export interface ScriptAndJobs {
  script: Command;
  jobs: readonly AddTo[];
  /** BullMQ's view of the connection. */
  client: CommandTarget & { multi(): CommandTarget & { exec(): Promise<unknown> } };
}

type Answer = [error: Error | null, value: unknown];

/**
 * Calls a script and adds jobs in one MULTI. Resolves with what the script returned, when all are durable in Redis.
 *
 * `redis.multi()` makes a pipeline, and ioredis copies every command and script into each: 120 microseconds of CPU per run, more than all
 * else together (270 of 330; 85 are left). So MULTI, the commands and EXEC are sent as plain commands, as ioredis documents for
 * `multi({ pipeline: false })`; they leave in one turn, so no other command of this connection comes between them. A Cluster knows
 * pipelines only, and so does a BullMQ that adds a job by anything but one command at once: then the pipeline is used.
 *
 * A server that restarted has lost its scripts, and a plain EVALSHA in a MULTI cannot send them again: what was not executed for that
 * reason is repeated alone. A process that is killed in between leaves a run without a job, which the reconciler repairs.
 * @throws what Redis answered; with an error of the connection it is unknown whether all were executed
 */
export async function scriptWithJobs(redis: RedisClient, { script, jobs, client }: ScriptAndJobs): Promise<unknown> {
  const adding = jobs.map(insertionOf).filter((command) => command !== undefined);
  if (isCluster(redis) || adding.length < jobs.length) return inPipeline({ script, jobs, client });
  const [ofScript, ...ofJobs] = await inTransaction(redis, client, [script, ...adding]);
  const result = isScriptLost(ofScript!) ? await client.runCommand(script.name, script.args) : resultOf(ofScript!);
  for (const [i, ofJob] of ofJobs.entries()) {
    if (isScriptLost(ofJob)) await jobs[i]!(client);
    else resultOf(ofJob);
  }
  return result;
}

/** The one command that adds the job; undefined when there are more, or none at once. */
function insertionOf(addTo: AddTo): Command | undefined {
  const commands: Command[] = [];
  const recorder = {
    runCommand(name: string, args: Command['args']) {
      commands.push({ name, args });
      return recorder;
    },
  };
  addTo(recorder).catch(() => undefined);
  return commands.length === 1 ? commands[0] : undefined;
}

async function inTransaction(
  redis: RedisClient,
  client: CommandTarget,
  commands: readonly Command[],
): Promise<Answer[]> {
  const sent = [redis.multi({ pipeline: false }), ...commands.map(({ name, args }) => client.runCommand(name, args))];
  // Each fails with the transaction; what is said there is thrown.
  for (const command of sent) (command as Promise<unknown>).catch(() => undefined);
  return (await redis.exec()) as Answer[];
}

async function inPipeline({ script, jobs, client }: ScriptAndJobs): Promise<unknown> {
  const transaction = client.multi();
  transaction.runCommand(script.name, script.args);
  const added = jobs.map((addTo) => addTo(transaction));
  const [answers] = await Promise.all([transaction.exec(), ...added]);
  const [ofScript, ...ofJobs] = answers as Answer[];
  for (const ofJob of ofJobs) resultOf(ofJob);
  return resultOf(ofScript!);
}

function isScriptLost([error]: Answer): boolean {
  return error?.message.startsWith('NOSCRIPT') === true;
}

function resultOf([error, value]: Answer): unknown {
  if (error !== null) throw error;
  return value;
}
