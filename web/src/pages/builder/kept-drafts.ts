import { isObject } from '../../builder/document.ts';
import type { Kept } from '../../builder/saver.ts';
import { parseExact, stringifyExact } from '../../data/json.ts';

/*
 * What the server does not have yet is kept by the browser, for each tab by itself. A tab that is loaded again finds its own. Each tab
 * holds a Web Lock of its name while it lives: where that is free, the tab was closed or has crashed, and the next one that opens the
 * workflow continues with what it left. On plain HTTP there are no locks: then a tab finds only its own.
 */

const TAB = 'penstock.tab';
const LOCK = 'penstock-tab:';
const tab = tabName();
let isHeld = false;

/** What this tab, or one that is gone, has of the draft of a workflow and the server has not. */
export async function readKept(workflow: string): Promise<Kept | undefined> {
  holdLock();
  const own = keptAt(keyOf(workflow, tab));
  if (own !== undefined) return own;
  const living = await livingTabs();
  const left =
    living === undefined ? [] : keysOf(workflow).filter((key) => !living.has(key.slice(key.lastIndexOf('.') + 1)));
  for (const key of left) {
    const kept = keptAt(key);
    localStorage.removeItem(key);
    if (kept === undefined) continue;
    keepDraft(workflow, kept);
    return kept;
  }
  return undefined;
}

/** Keeps what the server does not have; undefined forgets it. */
export function keepDraft(workflow: string, kept: Kept | undefined): void {
  const key = keyOf(workflow, tab);
  try {
    if (kept === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, stringifyExact(kept));
  } catch {
    // The storage is full or forbidden: the draft is still in the page, and on its way to the server.
  }
}

function keyOf(workflow: string, of: string): string {
  return `penstock.draft.${workflow}.${of}`;
}

function keysOf(workflow: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(keyOf(workflow, '')));
  } catch {
    return []; // The storage is forbidden.
  }
}

function keptAt(key: string): Kept | undefined {
  try {
    const kept: unknown = parseExact(localStorage.getItem(key) ?? 'null');
    if (!isObject(kept) || !isObject(kept.document) || typeof kept.version !== 'number') return undefined;
    const { document, base, version } = kept;
    return { document, base: typeof base === 'string' ? base : undefined, version };
  } catch {
    return undefined; // What stands there is not ours.
  }
}

/** The name that the tab keeps over a reload and a crash. */
function tabName(): string {
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  try {
    const known = sessionStorage.getItem(TAB) ?? fresh;
    sessionStorage.setItem(TAB, known);
    return known;
  } catch {
    return fresh; // The storage is forbidden: nothing is kept.
  }
}

/** Until the tab is gone: the browser takes it back then. */
function holdLock(): void {
  if (isHeld || navigator.locks === undefined) return;
  isHeld = true;
  void navigator.locks.request(LOCK + tab, () => new Promise(() => {}));
}

async function livingTabs(): Promise<ReadonlySet<string> | undefined> {
  if (navigator.locks === undefined) return undefined;
  const { held = [], pending = [] } = await navigator.locks.query();
  const names = [...held, ...pending].flatMap(({ name }) => (name?.startsWith(LOCK) ? name.slice(LOCK.length) : []));
  return new Set(names);
}
