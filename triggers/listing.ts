import { holds } from '../connector/condition.ts';
import { ConnectorError } from '../connector/errors.ts';
import type { Condition, CursorManifest, Json, JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import { readPath, resolveTemplate } from '../connector/template.ts';
import { itemTime, oldestOf } from './item-time.ts';
import { type Backlog, eventId, fingerprint, NO_BACKLOG, type Page, type TriggerEvent } from './position.ts';
import { readList } from './rows.ts';
import type { Ask, Poll, Source } from './source.ts';

/** Per item how often it was new or changed, and the mark it had last. */
type Seen = { [id: string]: [count: number, mark: string] };

interface Item {
  id: string;
  mark: string;
  /** ISO 8601, when what changes with it is a time. */
  time: string | null;
  data: JsonObject;
}

/** The memory is read and written whole; at 60 bytes an item this is 6 MB. */
const MAX_ITEMS = 100_000;

/**
 * Finds items of a listing that are new by their id, or changed by a change field or by their content. What is gone from
 * the listing is forgotten, so the memory is never larger than the listing. The count in an event's id tells a change back
 * to an earlier state from the earlier state itself.
 */
export function listing(manifest: SourceManifest, trigger: Trigger): Source {
  const cursor = manifest.cursor!;
  const ask = (poll: Poll): Ask => {
    const scopes = { input: poll.input, cursor: { now: String(poll.now) } };
    return {
      action: String(resolveTemplate(manifest.action, scopes)),
      input: (resolveTemplate(manifest.input, scopes) ?? {}) as JsonObject,
    };
  };
  const itemsOf = (poll: Poll, output: unknown) =>
    readItems(output, { cursor, input: poll.input, trigger: trigger.id, now: poll.now });
  return {
    hasMemory: true,
    ask,
    read(poll, output) {
      const items = itemsOf(poll, output);
      if (poll.position === null && poll.input.start === 'now') return baseline(items);
      return compare(items, poll, Number(resolveTemplate(cursor.page_size, { input: poll.input })));
    },
    // The memory keeps one state, so only the beginning can be gone back to.
    count: (poll, to) => ({ ask: ask(poll), read: (output) => (to === null ? itemsOf(poll, output).length : 0) }),
  };
}

/** Everything that is there counts as seen. */
function baseline(items: Item[]): Page {
  const seen = Object.fromEntries(items.map(({ id, mark }): [string, Seen[string]] => [id, [1, mark]]));
  return { events: [], to: { value: '0', key: null }, more: false, memory: JSON.stringify(seen) };
}

function compare(items: Item[], poll: Poll, size: number): Page {
  const before = JSON.parse(poll.memory ?? '{}') as Seen;
  const after: Seen = {};
  const events: TriggerEvent[] = [];
  const [given, left]: [Item[], Item[]] = [[], []];
  for (const item of items) {
    const known = before[item.id];
    const isNews = known === undefined || (known[1] !== item.mark && poll.input.emit !== 'new');
    if (isNews && events.length < size) {
      const count = (known?.[0] ?? 0) + 1;
      after[item.id] = [count, item.mark];
      given.push(item);
      events.push({
        id: eventId(poll.owner, `${count}:${item.mark}`, item.id),
        change: count === 1 ? 'new' : 'changed',
        data: item.data,
      });
    } else {
      // News beyond the page stays unknown, and comes with the next one.
      if (isNews) left.push(item);
      if (known !== undefined) after[item.id] = known;
    }
  }
  const memory = JSON.stringify(after);
  if (events.length === 0 && memory === poll.memory) return { events, to: null, more: false };
  const total = Number(poll.position?.value ?? 0) + events.length;
  const backlog = { before: itemsLeft([...given, ...left]), after: itemsLeft(left) };
  return { events, to: { value: String(total), key: null }, more: left.length > 0, memory, backlog };
}

/** What is not delivered when these items are not. */
export function itemsLeft(items: readonly { time: string | null }[]): Backlog {
  return { ...NO_BACKLOG, rows: items.length, versions: null, oldest: oldestOf(items.map(({ time }) => time)) };
}

/** @throws ConnectorError ERR_RESPONSE_INVALID, ERR_CURSOR_COLUMN for an item without an id or with another's */
function readItems(
  output: unknown,
  by: { cursor: CursorManifest; input: JsonObject; trigger: string; now: number },
): Item[] {
  const { cursor, input } = by;
  const pathOf = (path: string | undefined) => (path === undefined ? undefined : resolveTemplate(path, { input }));
  const list = readList(output, String(pathOf(cursor.items)), by.trigger);
  if (list.length > MAX_ITEMS) throw tooMany(list.length);
  if (readPath(output, 'more') === true && !isBounded(input)) throw isCut(list.length, input);
  const idPath = String(pathOf(cursor.key));
  const markPath = pathOf(cursor.value);
  const where = conditionOf(cursor, input);
  const ids = new Set<string>();
  const items: Item[] = [];
  for (const data of list) {
    if (where !== undefined && !holds(where, data)) continue;
    const id = readPath(data, idPath);
    if (id === null || id === undefined || typeof id === 'object') throw wrongId(idPath, 'an item has none');
    if (ids.has(String(id))) throw wrongId(idPath, `two items have "${String(id)}"`);
    ids.add(String(id));
    const change = typeof markPath === 'string' ? readPath(data, markPath) : undefined;
    const mark = typeof markPath === 'string' ? String(change ?? '') : fingerprint(data);
    items.push({ id: String(id), mark, time: itemTime(change, by.now), data });
  }
  return cursor.order === 'newest_first' ? items.reverse() : items;
}

/** The condition on items, with the values that the input gives; none when nothing is left of it. */
export function conditionOf({ where = {} }: CursorManifest, input: JsonObject): Condition | undefined {
  const condition: Condition = {};
  for (const [path, values] of Object.entries(where)) {
    const wanted = typeof values === 'string' ? resolveTemplate(values, { input }) : values;
    if (Array.isArray(wanted) && wanted.length > 0) condition[path] = wanted as Json[];
  }
  return Object.keys(condition).length === 0 ? undefined : condition;
}

function wrongId(path: string, what: string): ConnectorError {
  return new ConnectorError('ERR_CURSOR_COLUMN', `"${path}" does not identify the items: ${what}`, {
    hint: 'Use a field that every item has and that is unique.',
    errors: [{ pointer: '/trigger/input/id_field', message: what }],
  });
}

/** Anyone who says how much is listed, such as the newest 100, wants no more. */
function isBounded({ action_input: of }: JsonObject): boolean {
  return ['max_items', 'page_size', 'page_token'].some((name) => readPath(of, name) !== undefined);
}

function isCut(count: number, { action_input: of }: JsonObject): ConnectorError {
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the list has more than the ${count} items that were read, and the rest would never be delivered`,
    {
      hint:
        of === undefined
          ? 'Narrow the listing with the inputs of the trigger; for files, watch a folder with fewer.'
          : `Raise max_items in action_input (${MAX_ITEMS} at most), or narrow the listing.`,
    },
  );
}

function tooMany(count: number): ConnectorError {
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the listing has ${count} items, more than the ${MAX_ITEMS} that can be remembered`,
    { hint: 'Narrow the listing with the inputs of its action, or sync a table with a cursor column instead.' },
  );
}
