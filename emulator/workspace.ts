import type { Database } from './database.ts';
import type { Store } from './store.ts';
import type { Identity, Signer } from './tokens.ts';

/** What every resource of the emulator works with. */
export interface Workspace {
  /** The workspace id, as `X-Databricks-Org-Id` and `?o=` carry it. */
  readonly id: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  now(): number;
  /** The server's own base URL. */
  url(): string;
  readonly store: Store;
  readonly database: Database;
  readonly signer: Signer;
  readonly admin: Identity;
  /** How long warehouses and clusters stay in a state such as STARTING, in milliseconds. */
  readonly transitionMs: number;
  /** How long a repaired run continues to be reported as it ended before, in milliseconds. */
  readonly repairLagMs: number;
  /** The folder of files and results; a temporary one when state is in memory. */
  readonly folder: string;
  log(line: string): void;
  /** Aborted when the emulator closes. */
  readonly closing: AbortSignal;
}

/** A random id in hexadecimal, such as warehouses have. */
export function hexId(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length / 2)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Waits, also less when the signal is aborted, in which case it throws the signal's reason. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    signal.addEventListener('abort', leave, { once: true });
  });
}
