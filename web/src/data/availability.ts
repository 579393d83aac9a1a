import { createStore } from './store.ts';

/** Why nothing is asked for at the moment, and until when (epoch ms). */
export interface Outage {
  reason: 'unavailable' | 'unreachable';
  until: number;
}

/** Undefined while the server answers. */
export const outage = createStore<Outage | undefined>(undefined);

/** Nothing is asked for more than this without another try. */
const MAX_WAIT_SECONDS = 60;

/** Pauses every query for some seconds; the banner counts them. */
export function pauseFor(seconds: number, reason: Outage['reason']): void {
  const bounded = Math.min(Math.max(seconds, 1), MAX_WAIT_SECONDS);
  outage.set({ reason, until: Date.now() + bounded * 1000 });
}

/** The server answered: whatever waits is sent. */
export function resumeNow(): void {
  outage.set(undefined);
}

/** Resolves when queries may be sent: at once, when the pause is over, or when it is ended early. Rejects when `signal` aborts. */
export async function untilAvailable(signal: AbortSignal): Promise<void> {
  const paused = outage.get();
  if (paused === undefined || Date.now() >= paused.until) return;
  await new Promise<void>((resolve, reject) => {
    const end = (act: () => void) => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', abort);
      act();
    };
    const abort = () => end(() => reject(signal.reason));
    const timer = setTimeout(() => end(resolve), paused.until - Date.now());
    const stop = outage.subscribe(() => outage.get() === undefined && end(resolve));
    signal.addEventListener('abort', abort);
  });
}
