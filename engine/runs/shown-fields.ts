/** Fields of an action that people are shown as they are: in errors, in events and on the page of an approval. */
const SHOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'core.approve': ['message'],
  'core.fail': ['message', 'hint'],
};

/** Whether a field of an action's input is text for people, which may hold no secret. */
export function isShownField(action: string, field: string): boolean {
  return SHOWN_FIELDS[action]?.includes(field) === true;
}

/** The input with such fields as a reader of the run sees them. */
export function withShownFields(action: string, input: unknown, shown: unknown): unknown {
  const from = (shown ?? {}) as Record<string, unknown>;
  const fields = (SHOWN_FIELDS[action] ?? []).filter((name) => from[name] !== undefined);
  return { ...(input as object), ...Object.fromEntries(fields.map((name) => [name, from[name]])) };
}
