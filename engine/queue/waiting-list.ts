/** Requests that wait in this process, the most urgent first, and first come, first served among equals. */
export interface WaitingList<R, V> {
  /** Resolves with what `WaitingRequest.resolve` is given. @throws the reason of `signal` when that fires first */
  wait(request: R, urgency: number, signal: AbortSignal | undefined): Promise<V>;
  /** Removes the first one. */
  shift(): WaitingRequest<R, V> | undefined;
  /** Those after the first `count`. */
  after(count: number): WaitingRequest<R, V>[];
  size(): number;
}

/** One of them. The first call that ends its wait counts, and removes it from the list. */
export interface WaitingRequest<R, V> {
  request: R;
  resolve(value: V): void;
  reject(error: unknown): void;
}

export function createWaitingList<R, V>(): WaitingList<R, V> {
  const list: (WaitingRequest<R, V> & { urgency: number })[] = [];
  return {
    wait: (request, urgency, signal) =>
      new Promise<V>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          const at = list.indexOf(entry);
          if (at >= 0) list.splice(at, 1);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = () => entry.reject(signal!.reason);
        const entry = {
          request,
          urgency,
          resolve(value: V) {
            leave();
            resolve(value);
          },
          reject(error: unknown) {
            leave();
            reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        list.splice(list.findLastIndex((other) => other.urgency >= urgency) + 1, 0, entry);
      }),
    shift: () => list.shift(),
    after: (count) => list.slice(count),
    size: () => list.length,
  };
}
