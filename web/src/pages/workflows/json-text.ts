/** Reads a typed JSON object, or says what is wrong. It is sent as it was typed, so that every digit of its numbers arrives. */
export function readJsonObject(text: string): { text: string } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `It is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { text: text.trim() };
  return { problem: 'It must be a JSON object, in braces.' };
}
