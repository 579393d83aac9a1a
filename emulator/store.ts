import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseJson, writeJson } from './json.ts';

/** Objects of one kind by id, in the order in which they were made. */
export interface Collection<T> {
  get(id: string): T | undefined;
  has(id: string): boolean;
  /** Adds or replaces; also to be called after an object was changed in place, so that the change is kept. */
  put(id: string, value: T): T;
  delete(id: string): boolean;
  keys(): string[];
  values(): T[];
  readonly size: number;
}

/** Everything the workspace remembers besides tables: in memory, or also in a journal that survives a kill. */
export interface Store {
  collection<T>(name: string): Collection<T>;
  close(): void;
}

/**
 * Opens the store of a folder, or one in memory without.
 * Each change is one line appended to `state.ndjson`; opening replays and compacts it, and a torn last line is left out.
 */
export function openStore(folder: string | undefined): Store {
  const collections = new Map<string, Map<string, unknown>>();
  const mapOf = (name: string) => {
    const map = collections.get(name) ?? new Map<string, unknown>();
    collections.set(name, map);
    return map;
  };
  const journal = folder === undefined ? undefined : openJournal(folder, mapOf, collections);
  return {
    collection<T>(name: string): Collection<T> {
      const map = mapOf(name) as Map<string, T>;
      return {
        get: (id) => map.get(id),
        has: (id) => map.has(id),
        put(id, value) {
          map.set(id, value);
          journal?.append({ c: name, id, value });
          return value;
        },
        delete(id) {
          const existed = map.delete(id);
          if (existed) journal?.append({ c: name, id });
          return existed;
        },
        keys: () => [...map.keys()],
        values: () => [...map.values()],
        get size() {
          return map.size;
        },
      };
    },
    close: () => journal?.close(),
  };
}

interface Line {
  c: string;
  id: string;
  value?: unknown;
}

function openJournal(
  folder: string,
  mapOf: (name: string) => Map<string, unknown>,
  all: Map<string, Map<string, unknown>>,
) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'state.ndjson');
  if (existsSync(file)) {
    for (const text of readFileSync(file, 'utf8').split('\n')) {
      const line = parseLine(text);
      if (line === undefined) continue;
      if (line.value === undefined) mapOf(line.c).delete(line.id);
      else mapOf(line.c).set(line.id, line.value);
    }
  }
  const lines = [...all].flatMap(([c, map]) => [...map].map(([id, value]) => `${writeJson({ c, id, value })}\n`));
  writeFileSync(`${file}.new`, lines.join(''));
  renameSync(`${file}.new`, file);
  let descriptor: number | undefined = openSync(file, 'a');
  return {
    append(line: Line) {
      if (descriptor !== undefined) appendFileSync(descriptor, `${writeJson(line)}\n`);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function parseLine(text: string): Line | undefined {
  if (text === '') return undefined;
  try {
    return parseJson(text) as Line;
  } catch {
    // the process was killed in the middle of a line: that change was never confirmed
    return undefined;
  }
}
