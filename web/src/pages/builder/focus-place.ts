import { isUnder } from '../../data/pointer.ts';

/** A form that is loaded first has this long. */
const MAX_WAIT_MS = 1_000;
const CONTROLS = ['input:not([type=hidden]), select, textarea, .code, .cm-content', 'button, summary'];

/**
 * Moves the focus to the control of a value of the document, once it is there: fields say by `data-place` where their value is, below
 * the `data-root` around them. Where it has none of its own, to the one around it; else `otherwise` is called.
 */
export function focusPlace(pointer: string, otherwise: () => void): void {
  const end = performance.now() + MAX_WAIT_MS;
  const look = () => {
    const [found, at] = nearestTo(pointer);
    const isThere = at === pointer || performance.now() > end;
    if (!isThere) return void requestAnimationFrame(look);
    const control = found === undefined ? undefined : controlIn(found);
    if (control === undefined) return otherwise();
    control.scrollIntoView({ block: 'nearest' });
    control.focus();
  };
  requestAnimationFrame(look);
}

/** The element of the longest place that is the pointer, or around it. */
function nearestTo(pointer: string): [element: HTMLElement | undefined, place: string] {
  let nearest: [HTMLElement | undefined, string] = [undefined, ''];
  for (const element of document.querySelectorAll<HTMLElement>('[data-place]')) {
    const root = element.closest<HTMLElement>('[data-root]')?.dataset.root ?? '';
    const place = root + element.dataset.place;
    if (isUnder(pointer, place) && place.length > nearest[1].length) nearest = [element, place];
  }
  return nearest;
}

/** What is typed in comes before buttons beside it. */
function controlIn(element: HTMLElement): HTMLElement | undefined {
  for (const selector of CONTROLS) {
    const found = [...element.querySelectorAll<HTMLElement>(selector)].find((each) => each.checkVisibility());
    if (found !== undefined) return found;
  }
  return undefined;
}
