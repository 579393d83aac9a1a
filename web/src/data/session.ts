import { createSession } from 'penstock-client';
import { ask } from './api-error.ts';
import { createStore } from './store.ts';

/** `expired`: requests wait until the person has signed in again. */
export const session = createStore<'unknown' | 'open' | 'expired'>('unknown');

/** Resolves when the person has signed in again; rejects when `signal` aborts. */
export function signedInAgain(signal: AbortSignal): Promise<void> {
  session.set('expired');
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop();
      reject(signal.reason);
    };
    const stop = session.subscribe(() => {
      if (session.get() === 'expired') return;
      stop();
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort);
  });
}

/** Exchanges an API key or the secret of a sign-in link for the session cookie. @throws ApiError */
export async function signIn(secret: { key: string } | { link: string }): Promise<void> {
  await ask(createSession({ body: secret }));
}

const LINK = '#link=';

/** The secret of a sign-in link, which is removed from the address and the history before anything else happens. */
export function takeSignInLink(): string | undefined {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(LINK)) return undefined;
  window.history.replaceState(window.history.state, '', pathname + search);
  return hash.slice(LINK.length) || undefined;
}
