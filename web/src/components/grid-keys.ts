import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';

/** Which row the keyboard is on, and how keys of the page move it. */
export type GridFocus<Row> = RefObject<{ row: Row | undefined; move(by: number): void } | null>;

/** For a page whose keys act on the active row of its grid: `<Grid focus={focus}>`, then `focus.current?.row`. */
export function useGridFocus<Row>(): GridFocus<Row> {
  return useRef(null);
}

interface GridKeys<Row> {
  rows: readonly Row[];
  focus: GridFocus<Row> | undefined;
  scrollTo(at: number): void;
  /** Gives the grid the focus: a key of the page moves in it. */
  takeFocus(): void;
  onOpen: ((row: Row) => void) | undefined;
  onSelect: ((row: Row) => void) | undefined;
}

const PAGE_ROWS = 15;

/** The active row of a grid, and the keys that move it, open it and select it. */
export function useGridKeys<Row>({ rows, focus, scrollTo, takeFocus, onOpen, onSelect }: GridKeys<Row>) {
  const [chosen, activate] = useState<number>();
  const active = chosen === undefined || rows.length === 0 ? undefined : Math.min(chosen, rows.length - 1);
  const moveTo = (at: number) => {
    if (rows.length === 0) return;
    const next = Math.min(Math.max(at, 0), rows.length - 1);
    activate(next);
    scrollTo(next);
  };
  const move = (by: number) => moveTo(active === undefined ? (by > 0 ? 0 : rows.length - 1) : active + by);
  const row = active === undefined ? undefined : rows[active];
  const moveFromPage = (by: number) => {
    takeFocus();
    move(by);
  };
  if (focus !== undefined) focus.current = { row, move: moveFromPage };

  const acts: Record<string, (() => void) | undefined> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(PAGE_ROWS),
    PageUp: () => move(-PAGE_ROWS),
    Home: () => moveTo(0),
    End: () => moveTo(rows.length - 1),
    Enter: onOpen && row !== undefined ? () => onOpen(row) : undefined,
    ' ': onSelect && row !== undefined ? () => onSelect(row) : undefined,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isOnControl = event.target !== event.currentTarget && (event.key === 'Enter' || event.key === ' ');
    const act = event.ctrlKey || event.metaKey || event.altKey || isOnControl ? undefined : acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return { active, activate, onKeyDown };
}
