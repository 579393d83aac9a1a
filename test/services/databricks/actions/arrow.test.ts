import { Int32, Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { expect, test } from 'vitest';
import { createArrowJoiner, END_OF_STREAM } from '../../../../services/databricks/actions/arrow.ts';

const chunks = [0, 1, 2].map((chunk) => {
  const id = vectorFromArray(
    Array.from({ length: 100 }, (_, index) => chunk * 100 + index),
    new Int32(),
  );
  const text = vectorFromArray(
    Array.from({ length: 100 }, (_, index) => `t${index}`),
    new Utf8(),
  );
  return tableToIPC(new Table({ id, text }), 'stream');
});

function join(pieceSize: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, bytes] of chunks.entries()) {
    const joiner = createArrowJoiner(index);
    for (let at = 0; at < bytes.length; at += pieceSize) parts.push(joiner.push(bytes.subarray(at, at + pieceSize)));
    parts.push(joiner.endChunk());
  }
  return Buffer.concat([...parts, END_OF_STREAM]);
}

test.each([1, 3, 7, 8, 9, 100, 100_000])(
  'streams cut into pieces of %i bytes join to one that Arrow reads whole',
  (size) => {
    const table = tableFromIPC(join(size));

    expect(table.numRows).toBe(300);
    expect(table.getChild('id')!.toArray()).toEqual(Int32Array.from({ length: 300 }, (_, index) => index));
  },
);

test('however they are cut the bytes are the same', () => {
  expect(Buffer.compare(join(1), join(100_000))).toBe(0);
});

test('a chunk that ends without the mark loses nothing', () => {
  const whole = chunks[0]!;
  const bare = whole.subarray(0, whole.length - END_OF_STREAM.length);
  const joiner = createArrowJoiner(0);

  const joined = Buffer.concat([joiner.push(bare), joiner.endChunk()]);

  expect(Buffer.compare(joined, bare)).toBe(0);
});
