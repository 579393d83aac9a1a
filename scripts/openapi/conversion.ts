import type { JsonObject } from '../../connector/manifest.ts';
import type { Node } from './description.ts';

/** Requests are closed and have titles; answers are open and have no defaults. */
export type Direction = 'input' | 'output';

/** One schema that is being converted. */
export interface Conversion {
  root: Node;
  direction: Direction;
  /** Sentences about what was not converted; `at` is the place in the schema. */
  note(at: string, what: string): void;
  /** Schemas that may still be made. */
  left: number;
}

/** Where in a schema the conversion is. */
export interface Place {
  at: string;
  /** References that lead here: one that comes again is a recursion. */
  refs: readonly string[];
  depth: number;
}

/** Deeper parts are any JSON: a form with more levels is read by nobody. */
export const MAX_DEPTH = 8;

/** Whatever is not converted. */
export const ANY: JsonObject = {};
