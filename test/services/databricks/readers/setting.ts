import type { JsonObject, SourceManifest, Trigger } from '../../../../connector/manifest.ts';
import { databricks } from '../../../../services/databricks/service.ts';
import { openSource } from '../../../../triggers/open-source.ts';
import type { Page, Position } from '../../../../triggers/position.ts';
import type { Poll } from '../../../../triggers/source.ts';

/** A trigger of one source, as the manifests would hold it. */
export function triggerOf(source: SourceManifest): Trigger {
  const connector = { id: 'databricks', service: databricks };
  return { id: 'test.trigger', kind: 'poll', sources: [source], connector } as unknown as Trigger;
}

/** A source over a list of answers: keeps position and memory as the engine does. */
export function follow(source: SourceManifest, input: JsonObject) {
  const opened = openSource(triggerOf(source), input);
  let position: Position | null = null;
  let memory: string | null = null;
  const poll = (): Poll => ({ input, position, memory, now: Date.parse('2026-01-01T12:00:00Z'), owner: 'wf_1' });
  return {
    source: opened,
    poll,
    ask: () => opened.ask(poll()),
    /** Reads an answer and commits what came of it. */
    read(output: unknown): Page {
      const page = opened.read(poll(), output);
      if (page.to !== null) {
        position = page.to;
        memory = page.memory ?? memory;
      }
      return page;
    },
    get position() {
      return position;
    },
    get memory() {
      return memory;
    },
  };
}
