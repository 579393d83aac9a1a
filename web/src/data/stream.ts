import { getMe } from 'penstock-client';
import { useEffect, useRef } from 'react';
import { ask } from './api-error.ts';
import { listenTogether } from './shared-stream.ts';

/** What a stream of the API sends, by the name of the event. */
export type StreamHandlers = Record<string, (data: unknown) => void>;

/** After this the browser has given up by itself, as it does after an answer that is not a stream. */
const REOPEN_MS = 5_000;

/**
 * Listens to server-sent events of the API while the tab is visible; all tabs of a browser share one connection. When a tab is shown
 * again, or begins to listen, it gets `ready`: load what may have changed before. `path` undefined: no stream.
 */
export function useStream(path: string | undefined, handlers: StreamHandlers): void {
  const current = useRef(handlers);
  current.current = handlers;
  const names = Object.keys(handlers).join(' ');
  useEffect(() => {
    if (path === undefined) return;
    let stop = () => {};
    const listen = () => {
      stop();
      stop = () => {};
      if (document.hidden) return;
      stop = listenTogether(path, {
        names: names.split(' '),
        onEvent: (name, data) => current.current[name]?.(parse(data)),
        onClosed: reopened,
      });
    };
    listen();
    document.addEventListener('visibilitychange', listen);
    return () => {
      document.removeEventListener('visibilitychange', listen);
      stop();
    };
  }, [path, names]);
}

/** Resolves when a stream may be opened again. A request knows what to do about an expired session and an outage; a stream only ends. */
async function reopened(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
  await ask(getMe()).catch(() => {});
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // An event without data, such as `ready`.
  }
}
