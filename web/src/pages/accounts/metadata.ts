type Metadata = Readonly<Record<string, string>>;

/** Metadata as a person edits it: `key=value`, one a line. Undefined where a value has several lines: those are changed by the API. */
export function metadataText(metadata: Metadata = {}): string | undefined {
  const entries = Object.entries(metadata);
  if (entries.some(([, value]) => /[\r\n]/.test(value))) return undefined;
  return entries.map(([key, value]) => `${key}=${value}`).join('\n');
}

/** What was typed; values as they are. A line without "=" is a key with an empty value, for the API to say whether it may be. */
export function metadataOf(text: string): Metadata {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at === -1 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)];
    }),
  );
}
