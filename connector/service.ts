/**
 * What of a service is code, because data cannot say it: one object in `services/<id>/service.ts`. Every member is optional, and a
 * connector without the file is data alone. Each layer declares the members that it calls: this file those of one request,
 * actions/service.ts those of an action, triggers/service.ts those of a trigger, and services/account-service.ts those of the account.
 * All members are stateless and safe to share. docs/reference/services.md describes them.
 */
export interface Service {
  /** Pure functions that a manifest's `shape` may name: they turn the result into the output. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** A pure function from the resolved `result` to the output. */
export type Shape = (result: unknown) => unknown;

/** The services by the id of their connector. */
export type Services = ReadonlyMap<string, Service>;

/** Of a connector that is data alone. */
export const NO_SERVICE: Service = Object.freeze({});
