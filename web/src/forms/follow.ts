import { type RefObject, useEffect, useState } from 'react';

/**
 * Counts how often an element has moved in the window while `isShown`: parts of the page that come in push it, and scrolling moves it.
 * What hangs on it is placed again each time. Nothing tells of such a move, so each frame looks.
 */
export function useMoves(element: RefObject<HTMLElement | null>, isShown: boolean): number {
  const [moves, setMoves] = useState(0);
  useEffect(() => {
    if (!isShown) return;
    let at = placeOf(element.current);
    let frame = requestAnimationFrame(function look() {
      const now = placeOf(element.current);
      if (now !== at) setMoves((count) => count + 1);
      at = now;
      frame = requestAnimationFrame(look);
    });
    return () => cancelAnimationFrame(frame);
  }, [element, isShown]);
  return moves;
}

/** Whether an element is where a person sees it, and not scrolled out of what holds it. */
export function isInSight(element: HTMLElement | null): boolean {
  if (element === null) return false;
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

function placeOf(element: HTMLElement | null): string {
  const { left = 0, top = 0 } = element?.getBoundingClientRect() ?? {};
  return `${left} ${top}`;
}
