import { createStore } from '../data/store.ts';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'penstock.theme';

/** What the person chose on this browser. */
export const theme = createStore<Theme>(readTheme());

/** Shows the chosen theme, now and after each change. */
export function applyTheme(): void {
  const show = () => {
    const chosen = theme.get();
    if (chosen === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  };
  show();
  theme.subscribe(show);
}

/** Chooses a theme and remembers it. */
export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Storage is off or full: the choice holds until the page is loaded again.
  }
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
