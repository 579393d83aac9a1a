/** A value with what it was before and after undo. */
export interface History<Value> {
  readonly past: readonly Value[];
  readonly value: Value;
  readonly future: readonly Value[];
  /** What was changed last, and when (epoch ms): typing in one place is one step. */
  readonly last?: { readonly place: string; readonly at: number } | undefined;
}

/** Changes of one place that follow each other this fast are undone together. */
const TYPING_MS = 1_000;
const MAX_STEPS = 200;

export function startHistory<Value>(value: Value): History<Value> {
  return { past: [], value, future: [] };
}

/** A new value; nothing happens when it is the same. With `place`, changes of it in quick succession are one step. */
export function change<Value>(
  history: History<Value>,
  value: Value,
  place: string | undefined,
  at: number,
): History<Value> {
  if (Object.is(value, history.value)) return history;
  const { last, past } = history;
  const isTyping = place !== undefined && last?.place === place && at - last.at < TYPING_MS && past.length > 0;
  return {
    past: isTyping ? past : [...past, history.value].slice(-MAX_STEPS),
    value,
    future: [],
    last: place === undefined ? undefined : { place, at },
  };
}

export function undo<Value>({ past, value, future, ...rest }: History<Value>): History<Value> {
  if (past.length === 0) return { past, value, future, ...rest };
  return { past: past.slice(0, -1), value: past.at(-1)!, future: [value, ...future] };
}

export function redo<Value>({ past, value, future, ...rest }: History<Value>): History<Value> {
  if (future.length === 0) return { past, value, future, ...rest };
  return { past: [...past, value], value: future[0]!, future: future.slice(1) };
}
