import { useCallback, useRef, useState } from 'react';

/** Changes of one place that follow each other this fast are undone together. */
const TYPING_MS = 1_000;
const MAX_STEPS = 100;

interface History<Value> {
  past: readonly Value[];
  value: Value;
  future: readonly Value[];
}

export interface Undo<Value> {
  value: Value;
  /** `place` says what is changed: typing in one place is one step. */
  change(value: Value, place?: string): void;
  undo?: (() => void) | undefined;
  redo?: (() => void) | undefined;
}

/** A value with one history, whichever view changes it. `undo` and `redo` are undefined where there is nothing to do. */
export function useUndo<Value>(initial: Value): Undo<Value> {
  const [history, setHistory] = useState<History<Value>>({ past: [], value: initial, future: [] });
  const last = useRef<{ place: string; at: number } | undefined>(undefined);
  const change = useCallback((value: Value, place?: string) => {
    const at = Date.now();
    const isTyping = place !== undefined && last.current?.place === place && at - last.current.at < TYPING_MS;
    last.current = place === undefined ? undefined : { place, at };
    setHistory(({ past, value: before }) => ({
      past: isTyping && past.length > 0 ? past : [...past, before].slice(-MAX_STEPS),
      value,
      future: [],
    }));
  }, []);
  const { past, value, future } = history;
  const undo = () => {
    last.current = undefined;
    setHistory({ past: past.slice(0, -1), value: past.at(-1)!, future: [value, ...future] });
  };
  const redo = () => {
    last.current = undefined;
    setHistory({ past: [...past, value], value: future[0]!, future: future.slice(1) });
  };
  return {
    value,
    change,
    undo: past.length === 0 ? undefined : undo,
    redo: future.length === 0 ? undefined : redo,
  };
}
