import { useEffect, useRef } from 'react';
import { createStore } from '../data/store.ts';

/** One key of the page that is open: `j`, `Enter`, or two in a row, `g r`. */
export interface KeyBinding {
  keys: string;
  /** What it does, for the list of keys. */
  label: string;
  run(): void;
}

/** What presses the control that has the focus, whatever the page would do with it. */
const PRESSES = new Set(['Enter', ' ']);
const CONTROLS = 'a[href], button, summary, input, [role="button"], [role="tab"], [role="switch"], [role="treeitem"]';

/** How long the second key of two may take. */
const SEQUENCE_MS = 1500;

/** Every key that works now, the newest last: it wins. */
export const bindings = createStore<readonly KeyBinding[]>([]);

/**
 * Binds keys while the component is shown. They do nothing while a person types, in a dialog, or with Ctrl, Alt or Meta; Enter and
 * Space press the control that has the focus.
 */
export function useKeys(wanted: readonly KeyBinding[]): void {
  const current = useRef(wanted);
  current.current = wanted;
  const names = wanted.map(({ keys, label }) => `${keys}\n${label}`).join('\n\n');
  useEffect(() => {
    const own = names
      .split('\n\n')
      .filter((name) => name !== '')
      .map((name): KeyBinding => {
        const [keys, label] = name.split('\n') as [string, string];
        return { keys, label, run: () => current.current.find((each) => each.keys === keys)?.run() };
      });
    bindings.set([...bindings.get(), ...own]);
    return () => bindings.set(bindings.get().filter((each) => !own.includes(each)));
  }, [names]);
}

/** Listens to the keyboard for as long as the page lives. Returns how to stop. */
export function listenToKeys(): () => void {
  let first: { key: string; at: number } | undefined;
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // An editor stands in a shadow tree, which the target of the event does not show.
    const target = event.composedPath()[0] ?? null;
    if (isTyping(target) || (PRESSES.has(event.key) && isControl(target))) return;
    const before = first !== undefined && event.timeStamp - first.at < SEQUENCE_MS ? first.key : undefined;
    first = undefined;
    const find = (keys: string) => bindings.get().findLast((each) => each.keys === keys);
    const found = (before !== undefined && find(`${before} ${event.key}`)) || find(event.key);
    if (found) {
      event.preventDefault();
      found.run();
    } else if (bindings.get().some(({ keys }) => keys.startsWith(`${event.key} `))) {
      first = { key: event.key, at: event.timeStamp };
    }
  };
  window.addEventListener('keydown', listen);
  return () => window.removeEventListener('keydown', listen);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null)
    return true;
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || isTextInput(target);
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(CONTROLS) !== null;
}

function isTextInput(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}
