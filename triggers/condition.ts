import type { JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import { resolveTemplate } from '../connector/template.ts';
import { eventId } from './position.ts';
import { readList } from './rows.ts';
import type { Source } from './source.ts';

const FALSE_TEXTS = new Set(['', '0', 'false', 'null']);

/**
 * Watches a value that is true or not, and gives one event each time it becomes true: the edge, not the level. Before the
 * first look it counts as not true. The value is the first cell of the first row; no row is not true.
 */
export function condition(manifest: SourceManifest, trigger: Trigger): Source {
  const cursor = manifest.cursor!;
  return {
    hasMemory: false,
    ask: (poll) => ({
      action: manifest.action,
      input: resolveTemplate(manifest.input, { input: poll.input }) as JsonObject,
    }),
    read(poll, output) {
      const row = readList(output, cursor.items, trigger.id)[0];
      const value = row === undefined ? null : (Object.values(row)[0] ?? null);
      const isTrue = !FALSE_TEXTS.has(String(value).toLowerCase());
      const was = poll.position?.value === 'true';
      // How often it became true; makes the id of each edge its own.
      const edges = Number(poll.position?.key ?? 0);
      if (isTrue === was) return { events: [], to: null, more: false };
      if (!isTrue) return { events: [], to: { value: 'false', key: String(edges) }, more: false };
      const id = eventId(poll.owner, 'true', String(edges + 1));
      const data = { value, row: row ?? null, since: new Date(poll.now).toISOString() };
      return { events: [{ id, data }], to: { value: 'true', key: String(edges + 1) }, more: false };
    },
  };
}
