import { exactNumber } from '../data/json.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A typed number: its value, an integer beyond 2^53 as a bigint, or why it is none. */
export function readNumber(text: string, isInteger: boolean): { value: number | bigint } | { problem: string } {
  const typed = text.trim();
  if (!NUMBER.test(typed)) return { problem: `"${typed}" is not a number.` };
  const value = exactNumber(typed);
  if (value === undefined) return { problem: `"${typed}" has more digits than a number keeps.` };
  if (isInteger && typeof value === 'number' && !Number.isInteger(value))
    return { problem: `"${typed}" is not a whole number.` };
  return { value };
}
