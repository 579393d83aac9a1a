import { useSyncExternalStore } from 'react';

/** Up to this width a page is laid out for a phone; components.css has the same. */
const query = matchMedia('(max-width: 45rem)');

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Whether the window is as narrow as a phone. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
