const STREAM_ID = /^\d{1,20}(?:-\d{1,20})?$/;
const MAX_PART = 2n ** 64n - 1n;

/** Whether a text is an id of a Redis stream: one or two integers of 64 bits. Redis fails on any larger one. */
export function isStreamId(text: string): boolean {
  return STREAM_ID.test(text) && text.split('-').every((part) => BigInt(part) <= MAX_PART);
}
