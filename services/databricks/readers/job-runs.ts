import { holds } from '../../../connector/condition.ts';
import type { JsonObject, SourceManifest, Trigger } from '../../../connector/manifest.ts';
import { readPath, resolveTemplate } from '../../../connector/template.ts';
import { itemTime } from '../../../triggers/item-time.ts';
import { conditionOf, itemsLeft } from '../../../triggers/listing.ts';
import { eventId, type Page, type TriggerEvent } from '../../../triggers/position.ts';
import { readList } from '../../../triggers/rows.ts';
import type { Poll, Source } from '../../../triggers/source.ts';

/** What is remembered between two looks. Times are those of the service, in epoch ms: its clock need not be ours. */
interface Memory {
  /** Of each ended run that may be listed again: how often it was an event, and when it ended. */
  seen: { [id: string]: [count: number, end: string] };
  /** Runs that had not ended: start time, how often they were events before (a repair), looks that did not find them. */
  active: { [id: string]: [start: number, count: number, misses: number] };
  /** A run that is not known is new when it started since then; missing until everything was delivered once. */
  since?: number;
  /** Where the list of ended runs begins the next time. */
  from?: number;
}

interface EndedRun {
  id: string;
  start: number;
  end: number;
  data: JsonObject;
}

/** So many of the newest ended runs are looked at again for a repair that began and ended between two looks. */
const RECENT_RUNS = 500;
/** Runs appear in the list a little after they start, and not in order. */
const LATE_MS = 10 * 60_000;
const MAX_ITEMS = 100_000;
/** A watched run that so many looks found neither active nor ended was deleted. */
const MAX_MISSES = 20;

/**
 * Gives each job run once when it has ended, and once more when a repair of it has ended. Whatever started before
 * `since` is either in the memory as active, or has ended and was delivered: so a run that is not known and started
 * before is not new, however it came into the list.
 */
export function jobRuns(manifest: SourceManifest, trigger: Trigger): Source {
  const cursor = manifest.cursor!;
  return {
    hasMemory: true,
    asksWithMemory: true,
    ask(poll) {
      const memory = readMemory(poll);
      const isUnbounded = memory.from !== undefined || isBeginning(poll);
      return {
        action: manifest.action,
        input: {
          ...(resolveTemplate(manifest.input, { input: poll.input }) as JsonObject),
          max_items: isUnbounded ? MAX_ITEMS : RECENT_RUNS,
          ...(memory.from === undefined ? {} : { start_time_from: memory.from }),
          watch: Object.entries(memory.active).map(([run_id, [start_time]]) => ({ run_id, start_time })),
        },
      };
    },
    read(poll, output) {
      const ended = readList(output, 'runs', trigger.id)
        .map(endedRun)
        .toSorted((a, b) => a.end - b.end);
      const active = new Map(
        readList(output, 'active', trigger.id).map((run) => [String(run.run_id), Number(run.start_time)]),
      );
      const isBaseline = poll.position === null && poll.input.start === 'now';
      const size = Number(resolveTemplate(cursor.page_size, { input: poll.input }));
      const isCut = readPath(output, 'more') === true;
      return compare(poll, { ended, active, isBaseline, isCut, size, where: conditionOf(cursor, poll.input) });
    },
  };
}

interface Look {
  ended: EndedRun[];
  active: Map<string, number>;
  isBaseline: boolean;
  /** There are older runs than those that were listed. */
  isCut: boolean;
  size: number;
  where: ReturnType<typeof conditionOf>;
}

function compare(poll: Poll, look: Look): Page {
  const before = readMemory(poll);
  const { ended, active, isBaseline } = look;
  const since = before.since ?? Number.NEGATIVE_INFINITY;
  const after: Memory = { ...before, seen: {}, active: watched(before, look, since) };
  // The pages that follow continue through everything, too.
  if (isBeginning(poll)) after.from = 0;
  const events: TriggerEvent[] = [];
  const [given, left]: [EndedRun[], EndedRun[]] = [[], []];
  for (const run of ended) {
    const { id, start, end, data } = run;
    const known = before.seen[id];
    const wasActive = before.active[id] !== undefined || active.has(id);
    const count = known?.[0] ?? after.active[id]?.[1] ?? 0;
    const isNew = wasActive || (!isBaseline && start >= since);
    const isNews = known === undefined ? isNew : known[1] !== String(end);
    const isEvent = isNews && (look.where === undefined || holds(look.where, data));
    if (isEvent && events.length === look.size) {
      // Stays unknown, or watched, and comes with the next page.
      if (known !== undefined) after.seen[id] = known;
      left.push(run);
      continue;
    }
    delete after.active[id];
    const wasBefore = known === undefined && !isNew;
    after.seen[id] = [count + (isEvent || wasBefore ? 1 : 0), String(end)];
    if (!isEvent) continue;
    given.push(run);
    const change = count === 0 ? 'new' : 'changed';
    events.push({ id: eventId(poll.owner, `${count + 1}:${end}`, id), change, data });
  }
  const more = left.length > 0;
  if (!more) Object.assign(after, bounds(before, look));
  const memory = JSON.stringify(after);
  if (events.length === 0 && memory === poll.memory) return { events, to: null, more: false };
  const total = Number(poll.position?.value ?? 0) + events.length;
  const times = (runs: EndedRun[]) => itemsLeft(runs.map(({ end }) => ({ time: itemTime(end, poll.now) })));
  const backlog = { before: times([...given, ...left]), after: times(left) };
  return { events, to: { value: String(total), key: null }, more, memory, backlog };
}

/** The runs that have to be followed by their ids, because nothing else tells when they end. */
function watched(before: Memory, { ended, active, isBaseline }: Look, since: number): Memory['active'] {
  const found: Memory['active'] = {};
  const endedIds = new Set(ended.map(({ id }) => id));
  for (const [id, [start, count, misses]] of Object.entries(before.active)) {
    const isMissing = !active.has(id) && !endedIds.has(id);
    if (!isMissing || misses + 1 < MAX_MISSES) found[id] = [start, count, isMissing ? misses + 1 : 0];
  }
  for (const [id, start] of active) {
    // What is active, and started before everything that is known, was started again by a repair.
    const isRepair = !isBaseline && start < since;
    found[id] ??= [start, before.seen[id]?.[0] ?? (isRepair ? 1 : 0), 0];
  }
  return found;
}

function isBeginning({ position, input }: Poll): boolean {
  return position === null && input.start !== 'now';
}

/** Everything that was listed is known now. */
function bounds(before: Memory, { ended, active, isCut }: Look): Required<Pick<Memory, 'since' | 'from'>> {
  const starts = ended.map(({ start }) => start).toSorted((a, b) => b - a);
  const latest = [starts[0] ?? 0, ...active.values()].reduce((max, start) => Math.max(max, start), 0);
  const beyondList = isCut ? (starts.at(-1) ?? 0) + 1 : 0;
  const since = Math.max(before.since ?? 0, latest - LATE_MS, beyondList);
  return { since, from: Math.max(before.from ?? 0, Math.min(starts[RECENT_RUNS - 1] ?? 0, since)) };
}

function readMemory({ memory }: Poll): Memory {
  const kept = JSON.parse(memory ?? '{}') as Memory | Memory['seen'];
  // Older memories are only what was seen.
  return 'seen' in kept && 'active' in kept ? (kept as Memory) : { seen: kept as Memory['seen'], active: {} };
}

function endedRun(data: JsonObject): EndedRun {
  return {
    id: String(readPath(data, 'run_id')),
    start: Number(readPath(data, 'start_time') ?? 0),
    end: Number(readPath(data, 'end_time') ?? 0),
    data,
  };
}
