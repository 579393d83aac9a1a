import type { ShapeName } from '../connector/code-names.ts';

/** A pure function from the resolved `result` to the output. */
export type Shape = (result: unknown) => unknown;

/** Every function that a manifest's `shape` may name. */
export const SHAPE: Record<ShapeName, Shape> = {
  workspace_export: (result) => result,
};
