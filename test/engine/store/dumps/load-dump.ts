import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RedisClient } from '../../../../engine/store/redis-client.ts';
import type { DumpHead, DumpLine } from './commands.ts';

/** BullMQ's score of a delayed job is its time and twelve bits more. */
const SCORES_PER_MS = 0x1000;
/** Numbers nearer than this to the time of the dump are times. */
const NEAR_MS = 400 * 86_400_000;

/**
 * Writes a dump into an empty Redis as if it had been made `downtimeMs` ago: every time in it moves, and what would have lapsed since
 * is gone. `hosts` are the addresses and names that the dump leaves open as `{{name}}`. Gives its facts.
 */
export async function loadDump(
  redis: RedisClient,
  name: string,
  given: { hosts: Record<string, string>; dataFolder: string; downtimeMs: number },
): Promise<DumpHead['facts']> {
  let text = await readFile(new URL(`./${name}.ndjson`, import.meta.url), 'utf8');
  for (const [host, value] of Object.entries(given.hosts)) text = text.replaceAll(`{{${host}}}`, value);
  const lines = text.trimEnd().split('\n');
  const { dumpedAt } = JSON.parse(lines[0]!) as DumpHead;
  const shift = Date.now() - given.downtimeMs - dumpedAt;
  const { facts } = JSON.parse(shiftTimes(lines[0]!, dumpedAt, shift)) as DumpHead;
  const pipeline = redis.pipeline();
  for (const line of lines.slice(1)) {
    const command = JSON.parse(shiftTimes(line, dumpedAt, shift)) as DumpLine;
    if (!Array.isArray(command)) {
      const path = join(given.dataFolder, command.file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.from(command.base64, 'base64'));
      continue;
    }
    const [verb, key, ...args] = command;
    if (verb === 'PEXPIRE') pipeline.pexpire(key, Math.max(1, Number(args[0]) - given.downtimeMs));
    else if (verb === 'ZADD' && key.endsWith(':delayed')) pipeline.call(verb, key, ...shiftScores(args, shift));
    else pipeline.call(verb, key, ...args);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  return facts;
}

/** Milliseconds, and microseconds. */
function shiftTimes(line: string, dumpedAt: number, shift: number): string {
  return line.replaceAll(/(?<!\d)(\d{13})(\d{3})?(?!\d)/g, (digits, ms: string, rest = '') =>
    Math.abs(Number(ms) - dumpedAt) < NEAR_MS ? `${Number(ms) + shift}${rest}` : digits,
  );
}

function shiftScores(args: readonly string[], shift: number): string[] {
  return args.map((arg, i) => (i % 2 === 0 ? String(Number(arg) + shift * SCORES_PER_MS) : arg));
}
