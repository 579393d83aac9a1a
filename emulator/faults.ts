import { randomUUID } from 'node:crypto';

/** What goes wrong. Several may be combined; they apply in the order written here. */
export interface Fault {
  /** Waits before anything else happens. */
  delay_ms?: number;
  /** Closes the connection without an answer: `before` the request has its effect, or `after`. */
  drop?: 'before' | 'after';
  /** Lets the request have its effect although `status`, `html`, `expired_token` or `token_refused` replaces its answer. */
  effect?: boolean;
  /** Answers this HTTP status. */
  status?: number;
  error_code?: string;
  message?: string;
  details?: object[];
  /** `Retry-After`: seconds, or an HTTP date. */
  retry_after?: number | string;
  /** Answers as Databricks does to an expired token: 403, code 403, "Invalid access token". */
  expired_token?: boolean;
  /** Answers 401 "Credential was not sent or was of an unsupported type for this API." */
  token_refused?: boolean;
  /** Sends half of the answer, then closes the connection. */
  truncate?: boolean;
  /** Answers an HTML page, with `status` or 200 (a proxy's or a login page). */
  html?: boolean;
  /** Sends half of the answer, then nothing more until the client leaves. */
  never_end?: boolean;
  /** Answers an empty body with `status` or 200. */
  empty?: boolean;
  /** Answers this text as it is, with `status` or 200. */
  body?: string;
  /** Headers to add to the answer. */
  headers?: Record<string, string>;
}

/** A fault and the requests it strikes. */
export interface FaultOrder {
  match?: { method?: string; path?: string };
  /** How many requests it strikes (1); 0 means every one. */
  times?: number;
  /** How many matching requests pass unharmed first (0). */
  skip?: number;
  fault: Fault;
}

/** A fault order that is in force, with what it did so far. */
export interface FaultState extends FaultOrder {
  id: string;
  struck: number;
}

/** The faults in force; the oldest order that matches a request strikes it. */
export interface Faults {
  /** Puts a fault in force and answers its id. @throws TypeError for a path that is no regular expression or an unknown fault. */
  add(order: FaultOrder): string;
  list(): FaultState[];
  /** Lifts one fault, or all. */
  clear(id?: string): void;
  /** Takes the fault that strikes this request, if any, and counts it. */
  take(method: string, path: string): Fault | undefined;
}

const KNOWN = new Set<string>([
  'delay_ms',
  'drop',
  'effect',
  'status',
  'error_code',
  'message',
  'details',
  'retry_after',
  'expired_token',
  'token_refused',
  'truncate',
  'html',
  'never_end',
  'empty',
  'body',
  'headers',
] satisfies (keyof Fault)[]);

/** Makes an empty list of faults. */
export function createFaults(): Faults {
  let orders: (FaultState & { pattern: RegExp; passed: number })[] = [];
  return {
    add(order) {
      const unknown = Object.keys(order.fault ?? {}).filter((name) => !KNOWN.has(name));
      if (order.fault === undefined || unknown.length > 0) {
        throw new TypeError(
          `Unknown fault ${unknown.map((name) => `'${name}'`).join(', ') || 'missing'}. Known: ${[...KNOWN].join(', ')}.`,
        );
      }
      const id = randomUUID();
      orders.push({ ...order, id, struck: 0, passed: 0, pattern: new RegExp(order.match?.path ?? '') });
      return id;
    },
    list: () => orders.map(({ pattern: _pattern, passed: _passed, ...order }) => order),
    clear(id) {
      orders = id === undefined ? [] : orders.filter((order) => order.id !== id);
    },
    take(method, path) {
      for (const order of orders) {
        if (order.match?.method !== undefined && order.match.method.toUpperCase() !== method) continue;
        if (!order.pattern.test(path)) continue;
        if (order.passed < (order.skip ?? 0)) {
          order.passed += 1;
          continue;
        }
        const times = order.times ?? 1;
        if (times > 0 && order.struck >= times) continue;
        order.struck += 1;
        return order.fault;
      }
      return undefined;
    },
  };
}
