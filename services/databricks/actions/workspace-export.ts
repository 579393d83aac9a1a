import { isUtf8 } from 'node:buffer';

/** An export with its content as text too, when it is UTF-8. */
export function workspaceExport(result: unknown): unknown {
  const { content } = result as { content?: unknown };
  if (typeof content !== 'string') return result;
  const bytes = Buffer.from(content, 'base64');
  return isUtf8(bytes) ? { ...(result as object), text: bytes.toString('utf8') } : result;
}
