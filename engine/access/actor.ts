import type { Role } from './roles.ts';

/** Who did something: an API key, an end user with a connect link, or the engine itself. */
export interface Actor {
  tenant: string;
  /** API key id, connect link id, or `engine`. */
  keyId: string;
  /** Name of the key, for people. */
  name: string;
  /** Network address the request came from. */
  from?: string;
}

/** Who holds an API key. `from` is the network address, when the request has one. */
export interface Caller extends Actor {
  role: Role;
  /** The caller has a browser session of the key, not the key itself. */
  isSession?: boolean;
}

/** The caller of a request that came from this network address. */
export function withAddress(caller: Caller, from: string | undefined): Caller {
  return from === undefined ? caller : { ...caller, from };
}
