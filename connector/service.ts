import type { ConnectorError } from './errors.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/**
 * What of a service is code, because data cannot say it: one object in `services/<id>/service.ts`. Every member is optional, and a
 * connector without the file is data alone. Each layer declares the members that it calls: this file those of one request,
 * actions/service.ts those of an action, triggers/service.ts those of a trigger, and services/account-service.ts those of the account.
 * All members are stateless and safe to share. docs/reference/services.md describes them.
 */
export interface Service {
  /** Reads the payload of a refusal whose shape is the service's own; undefined: the general reader. `text` is its first 64 KiB. Never throws. */
  readError?(answer: { status: number; headers: Headers; text: string }): UpstreamFailure | undefined;
  /** Whether a refusal other than 401 says that the token, not the request, is the cause. */
  isTokenRejected?(status: number, message: string): boolean;
  /** Whether the words of a refusal ask for another try later, whatever the status. */
  isTransient?(words: string): boolean;
  /** Whether the words of a refusal say that the request was throttled before anything was done, whatever the status. */
  isThrottled?(words: string): boolean;
  /** What a redirect says, where it is known; credentials never follow one. */
  explainRedirect?(origin: string, target: URL): ConnectorError | undefined;
  /** Pure functions that a manifest's `shape` may name: they turn the result into the output. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** Of a response, in lower case. */
type Headers = Record<string, string | string[] | undefined>;

/** A pure function from the resolved `result` to the output. */
export type Shape = (result: unknown) => unknown;

/** The services by the id of their connector. */
export type Services = ReadonlyMap<string, Service>;

/** Of a connector that is data alone. */
export const NO_SERVICE: Service = Object.freeze({});
