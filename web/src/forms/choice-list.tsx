import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Choice } from './form-context.ts';

interface ChoiceListProps {
  id: string;
  label: string;
  items: readonly Choice[];
  /** The one that the keyboard is on, or -1. */
  active: number;
  /** Value of the field as text. */
  text: string;
  /** Values are names, and labels say more of them, such as a type. */
  isNamed: boolean;
  onTake(choice: Choice): void;
  /** Somebody scrolled to the end. */
  onEnd?: (() => void) | undefined;
}

/** Rows in the document above and below the visible ones. */
const OVERSCAN = 8;
const ROW_PX = 36;
const COARSE_ROW_PX = 44;
/** Of a list that was not measured yet; the most that it shows. */
const FIRST_PX = 320;

export const choiceId = (list: string, at: number) => `${list}-${at}`;

/** Choices of any number: only what is visible is in the document. The field keeps the focus. */
export function ChoiceList({ id, label, items, active, text, isNamed, onTake, onEnd }: ChoiceListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = matchMedia('(pointer: coarse)').matches ? COARSE_ROW_PX : ROW_PX;
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    initialRect: { width: 0, height: FIRST_PX },
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (active >= 0) virtualizer.scrollToIndex(active);
  }, [active, virtualizer]);
  return (
    <div
      ref={scroller}
      id={id}
      role="listbox"
      aria-label={label}
      className="list form-choice-list"
      onMouseDown={(event) => event.preventDefault()}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        if (scrollTop > 0 && scrollTop + clientHeight > scrollHeight - rowPx) onEnd?.();
      }}
    >
      <div role="presentation" className="form-choice-rows" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const choice = items[index]!;
          const value = String(choice.value);
          const [main, more] = isNamed ? [value, choice.label] : [choice.label, value];
          return (
            <div
              key={key}
              id={choiceId(id, index)}
              role="option"
              aria-selected={value === text}
              aria-posinset={index + 1}
              aria-setsize={onEnd === undefined ? items.length : -1}
              className="list-item form-choice-item"
              data-focused={index === active || undefined}
              data-selected={value === text || undefined}
              style={{ height: rowPx, transform: `translateY(${start}px)` }}
              onClick={() => onTake(choice)}
            >
              <span className="clip">{main}</span>
              {main !== more && <span className="soft small mono clip">{more}</span>}
            </div>
          );
        })}
      </div>
    </div>
  );
}
