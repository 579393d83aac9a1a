import { areSame, type Marks, marksOf } from './gauge.ts';

/**
 * The rows at the end of what was read, from a value up to the position: those beside which others may still arrive with a lower key.
 * They are known by their marks, per cursor value, so that what comes between them is delivered and they are not again.
 */
export interface Window {
  /** Marks of the rows by cursor value. */
  known: Map<string, Set<string>>;
  /** Of a second reading that takes several pages: what it has found until now. */
  found: Map<string, Set<string>>;
}

/** About 1.2 MB, read and written with each page; more rows than these are only counted. */
export const MAX_WINDOW_ROWS = 50_000;

/** The window after its text; none is an empty one. */
export function openWindow(text: string | null): Window {
  const { known = {}, found = {} } = JSON.parse(text ?? '{}') as { [part: string]: { [value: string]: string[] } };
  return { known: toMap(known), found: toMap(found) };
}

/** The text of a window. */
export function writeWindow({ known, found }: Window): string {
  return JSON.stringify({ known: toLists(known), ...(found.size === 0 ? {} : { found: toLists(found) }) });
}

/** Puts a row in. */
export function addRow(rows: Map<string, Set<string>>, value: string, mark: bigint): void {
  const marks = rows.get(value) ?? new Set<string>();
  marks.add(String(mark));
  rows.set(value, marks);
}

/** Whether a row is in. */
export function hasRow(rows: Map<string, Set<string>>, value: string, mark: bigint): boolean {
  return rows.get(value)?.has(String(mark)) === true;
}

/** All rows together. */
export function marksIn(rows: Map<string, Set<string>>): Marks {
  return marksOf([...rows.values()].flatMap((marks) => [...marks].map(BigInt)));
}

/** The marks as a position keeps them, and back. */
export function marksText({ count, xor }: Marks): string {
  return `${count}:${xor}`;
}

export function readMarks(text: string): Marks {
  const [count = '0', xor = '0'] = text.split(':');
  return { count: Number(count), xor: BigInt(xor) };
}

/** The result of comparing a window: nothing, rows came or were changed, or rows are gone too. */
export function compareWindow(before: Marks, now: Marks): 'same' | 'more' | 'other' | 'fewer' {
  if (areSame(before, now)) return 'same';
  if (now.count < before.count) return 'fewer';
  return now.count > before.count ? 'more' : 'other';
}

function toMap(lists: { [value: string]: string[] }): Map<string, Set<string>> {
  return new Map(Object.entries(lists).map(([value, marks]) => [value, new Set(marks)]));
}

function toLists(rows: Map<string, Set<string>>): { [value: string]: string[] } {
  return Object.fromEntries([...rows].map(([value, marks]) => [value, [...marks]]));
}
