/** What stands at a path of JSON text: a list, whose elements are given one by one, another value, or nothing. */
export type Found = 'list' | 'value' | 'missing';

/** Finds the value at a path in JSON text that arrives in pieces, without holding more than one element of it. */
export interface JsonSlicer {
  /** Takes the next piece; returns the elements of the list, or the value itself, that are whole now. */
  push(piece: Uint8Array): Buffer[];
  /** The text has ended; returns a value that only its end closes. */
  end(): Buffer[];
  /** Unknown until the value begins, or the text ends without it. */
  readonly found: Found | undefined;
  /** How many names of the path lead to the list; a list before the end of the path is given as it is. */
  readonly names: number;
  /** Nothing more of the text is of interest. */
  readonly isDone: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/**
 * Opens a slicer for a path of property names. The text must be JSON that this process wrote: it is cut, not checked.
 * `{"a": {"rows": [1, 2]}}` with the path `a`, `rows` gives `1` and `2`.
 */
export function createJsonSlicer(path: readonly string[]): JsonSlicer {
  let found: Found | undefined;
  let names = 0;
  let isDone = false;
  /** Containers that are open, from the root while searching, from the list or value once it is found. */
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  /** While searching: the objects entered, each by the next name of the path; the root is the first. */
  let entered = 0;
  let isEntering = true;
  let isKey = false;
  let isMatch = false;
  /** The key, or the element, that is being read, in parts. */
  let kept: Uint8Array[] = [];
  let from = -1;
  let slices: Buffer[] = [];

  const take = (data: Uint8Array, to: number): Buffer => {
    const last = from < 0 ? data.subarray(0, 0) : data.subarray(from, to);
    const whole = kept.length === 0 ? Buffer.from(last) : Buffer.concat([...kept, last]);
    kept = [];
    from = -1;
    return whole;
  };

  const finish = (as: Found) => {
    found ??= as;
    isDone = true;
  };

  /** A value begins where the path leads. */
  const enter = (byte: number, at: number) => {
    isEntering = false;
    if (byte === OPEN_LIST) {
      found = 'list';
      names = entered;
      depth = 0;
    } else if (entered === path.length) {
      found = 'value';
      names = entered;
      from = at;
      depth = 0;
    } else if (byte === OPEN_OBJECT) {
      entered += 1;
      depth += 1;
      isKey = true;
    } else finish('missing');
  };

  const search = (byte: number, data: Uint8Array, at: number) => {
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) {
        isInString = false;
        if (isKey && depth === entered) isMatch = JSON.parse(take(data, at + 1).toString()) === path[entered - 1];
      }
      return;
    }
    if (byte <= SPACE) return;
    if (isEntering) {
      enter(byte, at);
      return;
    }
    if (byte === QUOTE) {
      isInString = true;
      if (isKey && depth === entered) from = at;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth < entered) finish('missing');
    } else if (depth === entered && byte === COLON) {
      isKey = false;
      isEntering = isMatch;
    } else if (depth === entered && byte === COMMA) {
      isKey = true;
      isMatch = false;
    }
  };

  const slice = (byte: number, data: Uint8Array, at: number) => {
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) isInString = false;
      return;
    }
    const isEnd = byte === CLOSE_LIST || byte === CLOSE_OBJECT;
    if (depth === 0 && (isEnd || byte === COMMA)) {
      if (from >= 0 || kept.length > 0) slices.push(take(data, at));
      isDone = isEnd || found === 'value';
      return;
    }
    if (byte > SPACE && from < 0 && kept.length === 0) from = at;
    if (byte === QUOTE) isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (isEnd) {
      depth -= 1;
      if (depth === 0 && found === 'value') {
        slices.push(take(data, at + 1));
        isDone = true;
      }
    }
  };

  return {
    get found() {
      return found;
    },
    get names() {
      return names;
    },
    get isDone() {
      return isDone;
    },
    push(piece) {
      slices = [];
      if (from >= 0) from = 0;
      for (let at = 0; at < piece.length && !isDone; at += 1) {
        const byte = piece[at]!;
        if (found === undefined) {
          search(byte, piece, at);
          // The byte that begins a value is a part of it, that of a list is not.
          if (found === 'value') slice(byte, piece, at);
        } else slice(byte, piece, at);
      }
      if (from >= 0 && !isDone) {
        kept.push(Buffer.from(piece.subarray(from)));
        from = 0;
      }
      return slices;
    },
    end() {
      const rest = found === 'value' && !isDone ? [take(new Uint8Array(0), 0)] : [];
      finish('missing');
      return rest;
    },
  };
}
