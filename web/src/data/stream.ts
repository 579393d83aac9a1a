import { getMe } from 'penstock-client';
import { useEffect, useRef } from 'react';
import { ask } from './api-error.ts';

/** What a stream of the API sends, by the name of the event. */
export type StreamHandlers = Record<string, (data: unknown) => void>;

/** After this the browser has given up by itself, as it does after an answer that is not a stream. */
const REOPEN_MS = 5_000;

/**
 * Listens to server-sent events of the API while the tab is visible; a hidden tab holds no stream. When it is shown again, the
 * stream is opened anew and sends `ready`: load what may have changed then. `path` undefined: no stream.
 */
export function useStream(path: string | undefined, handlers: StreamHandlers): void {
  const current = useRef(handlers);
  current.current = handlers;
  const names = Object.keys(handlers).join(' ');
  useEffect(() => {
    if (path === undefined) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      clearTimeout(timer);
      timer = undefined;
      source?.close();
      source = undefined;
    };
    // A request knows what to do about an expired session and an outage; a stream only ends.
    const reopen = () =>
      ask(getMe()).then(
        () => timer !== undefined && open(),
        () => {},
      );
    const open = () => {
      close();
      if (document.hidden) return;
      const opened = new EventSource(path);
      source = opened;
      for (const name of names.split(' ')) {
        opened.addEventListener(name, ({ data }: MessageEvent<string>) => current.current[name]?.(parse(data)));
      }
      opened.addEventListener('error', () => {
        if (opened.readyState === EventSource.CLOSED) timer = setTimeout(reopen, REOPEN_MS);
      });
    };
    open();
    document.addEventListener('visibilitychange', open);
    return () => {
      document.removeEventListener('visibilitychange', open);
      close();
    };
  }, [path, names]);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // An event without data, such as `ready`.
  }
}
