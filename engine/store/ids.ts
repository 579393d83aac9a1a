import { hash, randomBytes } from 'node:crypto';

export type IdKind =
  | 'run'
  | 'wf'
  | 'la'
  | 'auth'
  | 'key'
  | 'app'
  | 'art'
  | 'tnt'
  | 'evt'
  | 'lnk'
  | 'rpl'
  | 'rng'
  | 'wrk'
  | 'api'
  | 'whk'
  | 'held'
  | 'fld';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
/** 36^9 milliseconds reach the year 5188. */
const TIME_DIGITS = 9;
const RANDOM_BYTES = 12;

/**
 * A new id, `<kind>_<time><random>`: sorts by creation time to the millisecond, 62 bits of chance, letters and digits only
 * (BullMQ refuses job ids that are all digits or hold a colon).
 */
export function newId(kind: IdKind, now: number): string {
  let random = '';
  for (const byte of randomBytes(RANDOM_BYTES)) random += ALPHABET[byte % ALPHABET.length];
  return `${kind}_${now.toString(ALPHABET.length).padStart(TIME_DIGITS, '0')}${random}`;
}

/** Whether a text can be the id of an artifact: names joined by single dots, as in the id of a step's run. No path can be made of it. */
export function isArtifactId(text: string): boolean {
  return /^\w+(\.\w+)*$/.test(text);
}

/**
 * An id that is the same for the same parts and time: what is begun twice for one reason is begun once. No two lists of parts
 * are one text, so `a`, `1b` and `a1`, `b` have ids of their own.
 */
export function derivedId(kind: IdKind, at: number, parts: readonly (string | number)[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer');
  let tail = '';
  for (let i = 0; i < RANDOM_BYTES; i++) tail += ALPHABET[digest[i]! % ALPHABET.length];
  return `${kind}_${at.toString(ALPHABET.length).padStart(TIME_DIGITS, '0')}${tail}`;
}

/** When an id was made, in epoch ms. */
export function timeOfId(id: string): number {
  const start = id.indexOf('_') + 1;
  return Number.parseInt(id.slice(start, start + TIME_DIGITS), ALPHABET.length);
}

/** One of 256 folders, so that none holds too many entries; ids end alike, so their hash decides. */
export function shardOf(id: string): string {
  return hash('sha1', id).slice(0, 2);
}
