/**
 * Joins Arrow IPC streams into one without reading their data. Each chunk of a result is a stream of its own: schema,
 * batches, end mark. One file needs the first schema, all batches, and one end mark.
 * Format: Apache Arrow, "IPC Streaming Format" and "Encapsulated message format".
 */
export interface ArrowJoiner {
  /** What of this piece belongs in the joined stream, cut anywhere; may be empty. */
  push(piece: Uint8Array): Uint8Array;
  /** The chunk is whole. The end mark is not given out: `END_OF_STREAM` is written once, after the last chunk. */
  endChunk(): Uint8Array;
}

const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
/** Continuation mark and a length of zero. */
export const END_OF_STREAM = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
const NOTHING = new Uint8Array(0);

/** For one chunk; of the first one the schema stays, later ones lose theirs. */
export function createArrowJoiner(chunkIndex: number): ArrowJoiner {
  /** Bytes of the schema message that are still to be dropped; unknown until its prefix is here. */
  let toDrop = chunkIndex === 0 ? 0 : -1;
  let held: Uint8Array = NOTHING;
  return {
    push(piece) {
      let data = held.length === 0 ? piece : Buffer.concat([held, piece]);
      held = NOTHING;
      if (toDrop < 0) {
        if (data.length < PREFIX_BYTES) {
          held = data;
          return NOTHING;
        }
        toDrop = schemaBytes(data);
      }
      const dropped = Math.min(toDrop, data.length);
      toDrop -= dropped;
      data = data.subarray(dropped);
      // The end mark may be these last bytes, or may still come.
      const given = Math.max(0, data.length - END_OF_STREAM.length);
      held = data.subarray(given);
      return data.subarray(0, given);
    },
    endChunk() {
      const last = held;
      held = NOTHING;
      return Buffer.compare(last, END_OF_STREAM) === 0 ? NOTHING : last;
    },
  };
}

/** Length of the first message, which is the schema and has no body. Streams from before Arrow 0.15 have no continuation mark. */
function schemaBytes(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const first = view.getUint32(0, true);
  return first === CONTINUATION ? PREFIX_BYTES + view.getUint32(4, true) : 4 + first;
}
