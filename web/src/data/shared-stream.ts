/*
 * One connection for all tabs of a browser: the tab that holds a Web Lock of the stream's path reads it, and passes on what comes
 * through a BroadcastChannel. When that tab is closed or hidden, the lock is free and the next one continues after the last event.
 */

/** What tabs tell each other about a stream. */
type Message = { kind: 'event'; name: string; id: string; data: string } | { kind: 'hello' } | { kind: 'open' };

interface StreamListener {
  /** Names of events to pass on. */
  names: readonly string[];
  onEvent(name: string, data: string): void;
  /** The browser has given up the connection. Resolves when it may be opened again. */
  onClosed(): Promise<unknown>;
}

const NAME = 'penstock-stream:';

/** Whether this browser has what sharing takes; on plain HTTP it has no locks. */
function canShare(): boolean {
  return typeof BroadcastChannel !== 'undefined' && navigator.locks !== undefined;
}

/** Listens to a stream of the API, by a connection that all tabs share. Returns how to stop. */
export function listenTogether(path: string, listener: StreamListener): () => void {
  const stopped = new AbortController();
  if (!canShare()) {
    void readAlone(path, { listener, signal: stopped.signal, position: () => undefined, tell: () => {} });
    return () => stopped.abort();
  }
  // Tabs that wait for other events have a connection of their own.
  const name = `${NAME}${path} ${[...listener.names].sort().join(' ')}`;
  const channel = new BroadcastChannel(name);
  let position: string | undefined;
  let isReady = false;
  let isReading = false;
  const take = (message: Message) => {
    if (message.kind === 'event') {
      position = message.id === '' ? position : message.id;
      listener.onEvent(message.name, message.data);
    } else if (message.kind === 'hello' && isReading) channel.postMessage({ kind: 'open' } satisfies Message);
    // The stream is open for others already: what changed before this tab listened is loaded now.
    else if (message.kind === 'open' && !isReady && position === undefined) {
      isReady = true;
      listener.onEvent('ready', '');
    }
  };
  channel.onmessage = ({ data }: MessageEvent<Message>) => take(data);
  channel.postMessage({ kind: 'hello' } satisfies Message);
  navigator.locks
    .request(name, { signal: stopped.signal }, () => {
      isReading = true;
      return readAlone(path, {
        listener,
        signal: stopped.signal,
        position: () => position,
        tell(name, id, data) {
          position = id === '' ? position : id;
          channel.postMessage({ kind: 'event', name, id, data } satisfies Message);
        },
      });
    })
    .catch(() => {
      // Stopped before this tab had its turn.
    });
  return () => {
    stopped.abort();
    channel.close();
  };
}

interface Reading {
  listener: StreamListener;
  signal: AbortSignal;
  /** Where to continue. */
  position(): string | undefined;
  tell(name: string, id: string, data: string): void;
}

/** Holds the connection until the signal aborts. */
async function readAlone(path: string, { listener, signal, position, tell }: Reading): Promise<void> {
  while (!signal.aborted) {
    const source = new EventSource(pathAfter(path, position()));
    for (const name of listener.names) {
      source.addEventListener(name, ({ data, lastEventId }: MessageEvent<string>) => {
        tell(name, lastEventId, data);
        listener.onEvent(name, data);
      });
    }
    await new Promise<void>((resolve) => {
      source.addEventListener('error', () => source.readyState === EventSource.CLOSED && resolve());
      void aborted(signal).then(resolve);
    });
    source.close();
    if (!signal.aborted) await Promise.race([listener.onClosed(), aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function pathAfter(path: string, position: string | undefined): string {
  if (position === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(position)}`;
}
