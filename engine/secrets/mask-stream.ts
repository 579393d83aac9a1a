import { formsOf } from './scrub.ts';

/** Takes secrets out of bytes that come in pieces. */
export interface Mask {
  /** The bytes to write now; what may be the beginning of a secret is held back. */
  push(piece: Uint8Array): Uint8Array;
  /** What was held back: no more of it comes before a place that somebody continues from. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);
const STAR = 0x2a;

/**
 * Masks these secrets in every form of `formsOf`, also across the borders of pieces. Each byte of one becomes `*`, so that sizes and
 * offsets stay as they are, and JSON stays JSON.
 */
export function createMask(secrets: readonly (string | undefined)[]): Mask {
  const needles = formsOf(secrets).map((form) => Buffer.from(form));
  let held: Buffer = Buffer.alloc(0);
  return {
    push(piece) {
      if (needles.length === 0 || piece.length === 0) return piece;
      const bytes = held.length === 0 ? copyIfFound(piece, needles) : Buffer.concat([held, piece]);
      for (const needle of needles) maskIn(bytes, needle);
      const end = bytes.length - heldBack(bytes, needles);
      held = Buffer.from(bytes.subarray(end));
      return bytes.subarray(0, end);
    },
    end() {
      const rest = held;
      held = Buffer.alloc(0);
      return rest.length === 0 ? NOTHING : rest;
    },
  };
}

/** The caller's bytes are not changed. */
function copyIfFound(piece: Uint8Array, needles: readonly Buffer[]): Buffer {
  const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  return needles.some((needle) => view.includes(needle)) ? Buffer.from(view) : view;
}

function maskIn(bytes: Buffer, needle: Buffer): void {
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) {
    bytes.fill(STAR, at, at + needle.length);
  }
}

/** The length of the longest end of the bytes that a secret may begin with. */
function heldBack(bytes: Buffer, needles: readonly Buffer[]): number {
  let most = 0;
  for (const needle of needles) {
    const from = Math.max(0, bytes.length - needle.length + 1);
    for (let at = bytes.indexOf(needle[0]!, from); at >= 0; at = bytes.indexOf(needle[0]!, at + 1)) {
      const length = bytes.length - at;
      if (length <= most) break;
      if (bytes.compare(needle, 0, length, at) === 0) {
        most = length;
        break;
      }
    }
  }
  return most;
}
