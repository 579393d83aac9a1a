/** A port of a thread, on either side. */
interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

type Message =
  /** A part of one of the long lists of the message that follows. */
  | { part: unknown[]; of: number }
  /** It was read: the next may come. */
  | { isRead: true }
  /** The message, and where in it which long list stands. */
  | { whole: unknown; lists: { path: string[]; of: number }[] };

/** A list that has more items is sent in parts: what is copied at once is what others wait for. */
const LONG_LIST = 500;
/** In the items of a longer list no lists are looked for: that would take longer than to copy them. */
const MAX_SEARCHED = 50;
/** Values of a part: objects and lists count as often as they have fields, and texts by their length. */
const PART_WEIGHT = 5000;
const CHARACTERS_OF_ONE = 100;
/** Lists deeper inside are copied with what they are in. */
const MAX_DEPTH = 8;

/** Who waits for the other side to have read a part. */
const readers = new WeakMap<Port, () => void>();

/** Sends a message; a long list in it a part at a time, each when the one before it was read. */
export async function sendInParts(port: Port, message: unknown): Promise<void> {
  const found: Found[] = [];
  const whole = withoutLists(message, [], found);
  for (const [of, { list }] of found.entries()) await sendList(port, list, of);
  port.postMessage({ whole, lists: found.map(({ path }, of) => ({ path, of })) } satisfies Message);
}

interface Found {
  path: string[];
  list: unknown[];
}

/** The value with nothing in place of its long lists; what has none is the same value, not a copy. */
function withoutLists(value: unknown, path: string[], found: Found[]): unknown {
  if (value === null || typeof value !== 'object' || path.length > MAX_DEPTH) return value;
  if (Array.isArray(value) && value.length > MAX_SEARCHED) {
    // A list without elements, of which only the length is read, is small whatever it is.
    if (value.length <= LONG_LIST || !(0 in value)) return value;
    found.push({ path, list: value });
    return null;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [name, item] of Object.entries(value)) {
    const left = withoutLists(item, [...path, name], found);
    if (left === item || name === '__proto__') continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[name] = left;
  }
  return copy ?? value;
}

/** Calls `listener` with each message that the other side sent with `sendInParts`. */
export function receiveInParts(port: Port, listener: (message: unknown) => void): void {
  let lists: unknown[][] = [];
  port.on('message', (message) => {
    if ('isRead' in message) {
      readers.get(port)?.();
    } else if ('part' in message) {
      lists[message.of] ??= [];
      for (const item of message.part) lists[message.of]!.push(item);
      // After everything else that waits for this process.
      setImmediate(() => port.postMessage({ isRead: true } satisfies Message));
    } else if ('whole' in message) {
      const all = lists;
      lists = [];
      listener(withLists(message.whole, message.lists, all));
    }
  });
}

function withLists(whole: unknown, places: { path: string[]; of: number }[], lists: unknown[][]): unknown {
  let result = whole;
  for (const { path, of } of places) {
    const name = path.at(-1);
    if (name === undefined) result = lists[of];
    else path.slice(0, -1).reduce((at, key) => at[key] as never, result as Record<string, unknown>)[name] = lists[of];
  }
  return result;
}

async function sendList(port: Port, list: unknown[], of: number): Promise<void> {
  for (let from = 0; from < list.length; ) {
    let to = from;
    let weight = 0;
    while (to < list.length && weight < PART_WEIGHT) weight += weightOf(list[to++]);
    const isRead = new Promise<void>((resolve) => readers.set(port, resolve));
    port.postMessage({ part: list.slice(from, to), of } satisfies Message);
    await isRead;
    from = to;
  }
}

function weightOf(value: unknown, depth = 0): number {
  if (typeof value === 'string') return 1 + Math.ceil(value.length / CHARACTERS_OF_ONE);
  if (value === null || typeof value !== 'object' || depth > MAX_DEPTH) return 1;
  let weight = 1;
  for (const name in value) {
    weight += weightOf((value as Record<string, unknown>)[name], depth + 1);
    if (weight > PART_WEIGHT) return weight;
  }
  return weight;
}
