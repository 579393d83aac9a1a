import type { Trigger, TriggerKind } from '../../connector/manifest.ts';

/** What expressions find under `trigger`, by kind; of a manual run anything, because the caller says it. */
const FIELDS: { [kind in TriggerKind]: readonly string[] | undefined } = {
  poll: ['events', 'rows', 'columns', 'from', 'to'],
  schedule: ['at', 'scheduled_at', 'missed'],
  webhook: ['body', 'headers', 'query', 'id', 'received_at'],
  manual: undefined,
};

/** The properties of `trigger` in a workflow with this trigger; `undefined` when they are not known. */
export function triggerFields(trigger: Trigger | undefined): readonly string[] | undefined {
  return trigger === undefined ? undefined : FIELDS[trigger.kind];
}

/** `rows` is the events' data, not stored twice. */
export function withRows(trigger: unknown): unknown {
  const { events } = (trigger ?? {}) as { events?: { data: unknown }[] };
  return Array.isArray(events) ? { ...(trigger as object), rows: events.map((event) => event.data) } : trigger;
}
