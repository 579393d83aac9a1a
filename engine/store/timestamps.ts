/** Epoch milliseconds as RFC 3339 in UTC, the form of every time in an API answer. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
