import { isUtf8 } from 'node:buffer';

/** GitHub answers a folder with a list, and a file with an object whose content is base64 in lines. */
export function content(result: unknown): unknown {
  if (Array.isArray(result)) return { type: 'dir', entries: result };
  if (result === null || typeof result !== 'object') return result;
  const { content: lines, encoding } = result as { content?: unknown; encoding?: unknown };
  if (typeof lines !== 'string' || encoding !== 'base64') return result;
  const bytes = Buffer.from(lines, 'base64');
  return {
    ...result,
    content: lines.replaceAll('\n', ''),
    ...(isUtf8(bytes) ? { text: bytes.toString('utf8') } : {}),
  };
}
