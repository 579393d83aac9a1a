import { isIP, type LookupFunction, Socket } from 'node:net';
import { guardLookup, isPrivateAddress } from './addresses.ts';
import { privateAddress } from './failures.ts';
import type { Http } from './http.ts';
import type { JsonObject } from './json-value.ts';
import type { ErrorRule } from './manifest.ts';

/**
 * An authentication as code uses it that does not speak HTTP: where it may go, and its fields. Holds secrets: never stored, never
 * logged, never in an error.
 */
export interface Access {
  /** The connections of this address and secret that the process keeps, opened when there are none; missing while credentials are tried. */
  keep?: <T extends Connections>(open: () => T) => T;
  /** The limit of the account, if it has its own: how many connections may be in use at once. */
  concurrent?: number;
  /** Of the base URL `api`, without brackets. */
  hostname: string;
  /** The connector's rules about refusals, for those that no action is about. */
  rules: readonly ErrorRule[];
  /** The public fields of the account and the authentication. */
  account: JsonObject;
  secrets: Readonly<Record<string, string | undefined>>;
  /** Of the base URL `api`; the scheme of the address that was given. */
  origin: string;
  /** The one way out to HTTP, for protocols on top of it. */
  http: Http;
  /** Whether the operator listed the host in PENSTOCK_ALLOWED_HOSTS: it may have a private address, and be spoken to without encryption. */
  isListed: boolean;
}

/** Connections that are kept from one run to the next. */
export interface Connections {
  /** Whether there are none now: then they are given up. */
  readonly isEmpty: boolean;
  /** Closes them when those in use are given back. Called once. */
  close(): Promise<void>;
}

/**
 * A socket that connects to addresses of the internet only, unless the operator listed the host. A name is looked up once, and the
 * address that was checked is the one that is connected to.
 */
export function guardedSocket({ isListed }: Pick<Access, 'isListed'>): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (options: object) => Socket;
  socket.connect = ((port: number, host: string) => {
    if (!isListed && isIP(host) !== 0 && isPrivateAddress(host)) return socket.destroy(privateAddress(host));
    const lookup: { lookup?: LookupFunction } = isListed ? {} : { lookup: guardLookup };
    return connect({ port, host, ...lookup });
  }) as Socket['connect'];
  return socket;
}
