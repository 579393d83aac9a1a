/**
 * What one process has open, as the API, the worker and the tests are given it by `openContext`. Each floor of the
 * engine declares what it adds, and what belongs there, in its own context.ts; the whole is what the runs floor is
 * given.
 */
export type { Context } from './runs/context.ts';
