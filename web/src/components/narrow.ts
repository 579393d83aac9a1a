import { useSyncExternalStore } from 'react';

/** Whether the window is as narrow as a phone: a page is laid out for one then. components.css has the same width. */
export const useIsNarrow = widthUpTo('45rem');

/** Whether the window is as narrow as a tablet, where the longest tables have no room for all of their columns. */
export const useIsTablet = widthUpTo('75rem');

function widthUpTo(width: string): () => boolean {
  const query = matchMedia(`(max-width: ${width})`);
  const subscribe = (listener: () => void) => {
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  };
  return function useMatches() {
    return useSyncExternalStore(subscribe, () => query.matches);
  };
}
