/*
 * Where what has the focus goes away or is disabled, browsers give it to nothing: a keyboard begins again at the top, and a screen reader
 * says nothing. Then the nearest thing around it takes the focus, and on another page its title.
 */

/** Where the focus was. */
interface Place {
  element: Element;
  /** From its parent up to the body, which is left out. */
  around: readonly Element[];
  path: string;
}

const MAIN = '#main';
const OVERLAY = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';
const FOCUSABLE = [
  'a[href]',
  'button:not([disabled])',
  'input:not([disabled])',
  'select:not([disabled])',
  'textarea:not([disabled])',
  '[tabindex="0"]',
].join(', ');

/** Keeps the focus for as long as the page lives. Returns how to stop. */
export function keepFocus(): () => void {
  let last: Place | undefined;
  /** The last one that was in the page itself: a dialog closes with all that is around its buttons. */
  let inPage: Place | undefined;
  let isLooking = false;
  const note = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || target === document.body) return;
    last = { element: target, around: ancestors(target), path: window.location.pathname };
    if (target.closest(OVERLAY) === null) inPage = last;
  };
  const look = () => {
    isLooking = false;
    if (last !== undefined && isLost(last)) focusNear(last, inPage ?? last);
  };
  const changes = new MutationObserver(() => {
    if (isLooking || last === undefined || !isLost(last)) return;
    isLooking = true;
    // A dialog that closes gives the focus back itself, one frame later.
    requestAnimationFrame(() => requestAnimationFrame(look));
  });
  window.addEventListener('focusin', note);
  // What is outside a dialog is inert until it has closed.
  const attributeFilter = ['disabled', 'inert'];
  changes.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter });
  return () => {
    window.removeEventListener('focusin', note);
    changes.disconnect();
  };
}

/** Whether nothing has the focus, and not because a person pressed beside everything. */
function isLost({ element }: Place): boolean {
  const active = document.activeElement;
  return (active === null || active === document.body) && (!element.isConnected || element.matches(':disabled'));
}

function focusNear(last: Place, inPage: Place): void {
  const main = document.querySelector(MAIN);
  const isSamePage = inPage.path === window.location.pathname;
  const around = isSamePage ? [...last.around, inPage.element, ...inPage.around] : [];
  for (const element of around) {
    // The whole page went away: the address may have changed before.
    if (element.contains(main)) break;
    if (!element.isConnected) continue;
    const next = element.matches(FOCUSABLE) ? element : element.querySelector(FOCUSABLE);
    if (!(next instanceof HTMLElement)) continue;
    next.focus({ preventScroll: true });
    if (document.activeElement === next) return;
  }
  // A page that is still loading has no title, and outside an open dialog nothing takes the focus: the next change is looked at again.
  main?.querySelector<HTMLElement>('h1')?.focus();
}

function ancestors(element: Element): Element[] {
  const found: Element[] = [];
  for (let next = element.parentElement; next !== null && next !== document.body; next = next.parentElement)
    found.push(next);
  return found;
}
