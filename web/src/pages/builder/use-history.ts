import { useCallback, useEffect, useState } from 'react';
import type { JsonObject } from '../../builder/document.ts';
import { change, redo, startHistory, undo } from '../../builder/history.ts';
import type { Saver } from '../../builder/saver.ts';

export interface DocumentHistory {
  document: JsonObject;
  edit(change: (document: JsonObject) => JsonObject, place?: string): void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
}

/** The document with its history; every change goes to the saver, and Ctrl-Z works outside of text fields. */
export function useHistory(first: JsonObject, saver: Saver): DocumentHistory {
  const [history, setHistory] = useState(() => startHistory(first));
  const edit = useCallback((by: (document: JsonObject) => JsonObject, place?: string) => {
    const at = Date.now();
    setHistory((before) => change(before, by(before.value), place, at));
  }, []);
  const { value, past, future } = history;
  useEffect(() => saver.change(value), [saver, value]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      const isUndo = (event.ctrlKey || event.metaKey) && !event.altKey && (key === 'z' || key === 'y');
      if (!isUndo || isPlainField(event.composedPath()[0])) return;
      event.preventDefault();
      setHistory(key === 'y' || event.shiftKey ? redo : undo);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  return {
    document: value,
    edit,
    undo: past.length === 0 ? undefined : () => setHistory(undo),
    redo: future.length === 0 ? undefined : () => setHistory(redo),
  };
}

/** The browser undoes what is typed into these by itself. Editors of code have no history of their own. */
function isPlainField(target: EventTarget | undefined): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
