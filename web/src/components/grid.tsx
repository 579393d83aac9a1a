import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { type GridFocus, useGridKeys } from './grid-keys.ts';
import { useIsNarrow, useIsTablet } from './narrow.ts';

/** A column. `width` is a track of CSS grid: `minmax(0, 2fr)`, `8rem`. */
export interface Column<Row> {
  id: string;
  header: string;
  width: string;
  align?: 'end';
  /** Stands below the others on a phone, where a row has room for three. */
  isWide?: boolean;
  /** Left out on a tablet, where the other columns need the room. */
  isExtra?: boolean;
  cell(row: Row): ReactNode;
}

interface GridProps<Row> {
  /** The accessible name: `Runs`. */
  label: string;
  rows: readonly Row[];
  rowKey(row: Row): string;
  columns: readonly Column<Row>[];
  /** Enter, or a click on the row. */
  onOpen?: (row: Row) => void;
  /** Keys of the selected rows; with it, rows have a checkbox and `x` selects. */
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** The last row comes into sight: load more. */
  onEnd?: () => void;
  /** There are more rows than these. */
  hasMore?: boolean;
  /** Of a table with many columns: it scrolls sideways where the window is narrower. */
  minWidth?: string;
  /** Says which row the keyboard is on, for keys of the page. */
  focus?: GridFocus<Row>;
}

/** Rows kept in the document above and below the visible ones. */
const OVERSCAN = 12;
const ROW_PX = 36;
const COARSE_ROW_PX = 44;
/** Until a row with a part below is measured. */
const FOLDED_ROW_PX = 64;

/**
 * A table of any length: only what is visible is in the document. `j`, `k`, arrows, Home and End move, Enter opens, `x` selects.
 * The grid has the focus and names its active row, so that rows may come and go.
 */
export function Grid<Row>(props: GridProps<Row>) {
  const { label, rows, rowKey, onOpen, selected, onSelect, onEnd, hasMore = false } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const isTablet = useIsTablet();
  const columns = props.columns.filter(({ isWide, isExtra }) => (isNarrow ? isWide : isTablet && isExtra) !== true);
  const below = isNarrow ? props.columns.filter(({ isWide }) => isWide === true) : [];
  const isFolded = below.length > 0;
  const isSelectable = selected !== undefined && onSelect !== undefined;
  const rowPx = matchMedia('(pointer: coarse)').matches ? COARSE_ROW_PX : ROW_PX;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isFolded ? FOLDED_ROW_PX : rowPx),
    overscan: OVERSCAN,
    getItemKey: (at) => rowKey(rows[at]!),
  });
  // What was measured is of the other layout.
  const measured = useRef(isFolded);
  useEffect(() => {
    if (measured.current !== isFolded) virtualizer.measure();
    measured.current = isFolded;
  }, [isFolded, virtualizer]);
  const toggle = (row: Row) => {
    const next = new Set(selected);
    if (!next.delete(rowKey(row))) next.add(rowKey(row));
    onSelect?.(next);
  };
  const { active, activate, onKeyDown } = useGridKeys({
    rows,
    focus: props.focus,
    scrollTo: (at) => virtualizer.scrollToIndex(at),
    takeFocus: () => scroller.current?.focus({ preventScroll: true }),
    onOpen,
    onSelect: isSelectable ? toggle : undefined,
  });
  const visible = virtualizer.getVirtualItems();
  const last = visible.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && last >= rows.length - 1 - OVERSCAN) onEnd?.();
  }, [hasMore, last, rows.length, onEnd]);
  const template = {
    gridTemplateColumns: [...(isSelectable ? ['1rem'] : []), ...columns.map((c) => c.width)].join(' '),
  };

  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-multiselectable={isSelectable || undefined}
      aria-activedescendant={active === undefined ? undefined : `${id}-${active}`}
      data-keyboard={active !== undefined || undefined}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="grid-top" style={{ minWidth: props.minWidth }}>
        <div role="row" className="grid-row grid-head" style={template} aria-rowindex={1}>
          {isSelectable && (
            <div role="columnheader" className="grid-check" aria-label="Selected">
              <AllCheckbox rows={rows} selected={selected} onSelect={onSelect} rowKey={rowKey} />
            </div>
          )}
          {columns.map(({ id: column, header, align }) => (
            <div key={column} role="columnheader" className="grid-cell" data-align={align}>
              {header}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="grid-body"
        style={{ height: virtualizer.getTotalSize(), minWidth: props.minWidth }}
      >
        {visible.map(({ index, key, start }) => {
          const row = rows[index]!;
          const isSelected = selected?.has(rowKey(row)) ?? false;
          return (
            <div
              key={key}
              id={`${id}-${index}`}
              ref={isFolded ? virtualizer.measureElement : undefined}
              data-index={index}
              data-folded={isFolded || undefined}
              role="row"
              className="grid-row"
              aria-rowindex={index + 2}
              aria-selected={isSelectable ? isSelected : undefined}
              data-active={index === active || undefined}
              data-opens={onOpen !== undefined || undefined}
              style={{ ...template, transform: `translateY(${start}px)` }}
              onClick={(event) => {
                activate(index);
                if (!isControl(event.target)) onOpen?.(row);
              }}
            >
              {isSelectable && (
                <div role="gridcell" className="grid-check">
                  <input
                    type="checkbox"
                    className="checkbox"
                    tabIndex={-1}
                    aria-label={`Select row ${index + 1}`}
                    checked={isSelected}
                    onChange={() => toggle(row)}
                  />
                </div>
              )}
              {columns.map(({ id: column, align, cell }) => (
                <div key={column} role="gridcell" className="grid-cell" data-align={align}>
                  {cell(row)}
                </div>
              ))}
              {isFolded && <Below row={row} columns={below} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The columns that have no room beside the others, each with its name; those that say nothing are left out. */
function Below<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  return (
    <div role="gridcell" className="grid-below">
      {columns.map(({ id, header, cell }) => {
        const shown = cell(row);
        if (isNothing(shown)) return null;
        return (
          <span key={id}>
            {header !== '' && <span className="soft">{header} </span>}
            {shown}
          </span>
        );
      })}
    </div>
  );
}

function isNothing(shown: ReactNode): boolean {
  return shown === undefined || shown === null || shown === false || shown === '' || shown === '—';
}

function AllCheckbox<Row>({
  rows,
  selected,
  onSelect,
  rowKey,
}: Required<Pick<GridProps<Row>, 'rows' | 'selected' | 'onSelect' | 'rowKey'>>) {
  const isAll = rows.length > 0 && rows.every((row) => selected.has(rowKey(row)));
  return (
    <input
      type="checkbox"
      className="checkbox"
      tabIndex={-1}
      aria-label="Select all rows that are loaded"
      checked={isAll}
      ref={(input) => {
        if (input !== null) input.indeterminate = !isAll && selected.size > 0;
      }}
      onChange={() => onSelect(isAll ? new Set() : new Set(rows.map(rowKey)))}
    />
  );
}

/** A click on a link or a control of a cell is theirs. */
function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button, input, label') !== null;
}
