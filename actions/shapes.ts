import { isUtf8 } from 'node:buffer';
import type { ShapeName } from '../connector/code-names.ts';

/** A pure function from the resolved `result` to the output. */
export type Shape = (result: unknown) => unknown;

/** Every function that a manifest's `shape` may name. */
export const SHAPE: Record<ShapeName, Shape> = { workspace_export: workspaceExport };

/** An export with its content as text too, when it is UTF-8. */
function workspaceExport(result: unknown): unknown {
  const { content } = result as { content?: unknown };
  if (typeof content !== 'string') return result;
  const bytes = Buffer.from(content, 'base64');
  return isUtf8(bytes) ? { ...(result as object), text: bytes.toString('utf8') } : result;
}
