/**
 * Spark's hash() and xxhash64(), after Murmur3_x86_32 and XXH64 of org.apache.spark.sql.catalyst.expressions.
 * A value is a letter and a text: i for 4 bytes, l for 8, f and d for floats, b for a decimal of more than 18 digits,
 * s for a text, x for bytes in hex, a for a list of values as JSON, n for NULL, which leaves the hash as it is.
 */
type Hasher<H> = {
  int(value: number, seed: H): H;
  long(value: bigint, seed: H): H;
  bytes(value: Uint8Array, seed: H): H;
};

function fold<H>(hasher: Hasher<H>, value: string, seed: H): H {
  const rest = value.slice(1);
  switch (value[0]) {
    case 'i':
      return hasher.int(Number(rest), seed);
    case 'l':
      return hasher.long(BigInt(rest), seed);
    case 'f':
      return hasher.int(bits(new Float32Array([positive(rest)])).getInt32(0, true), seed);
    case 'd':
      return hasher.long(bits(new Float64Array([positive(rest)])).getBigInt64(0, true), seed);
    case 's':
      return hasher.bytes(Buffer.from(rest), seed);
    case 'x':
      return hasher.bytes(Buffer.from(rest, 'hex'), seed);
    case 'b':
      return hasher.bytes(twosComplement(BigInt(rest)), seed);
    case 'a':
      return (JSON.parse(rest) as string[]).reduce((all, item) => fold(hasher, item, all), seed);
    default:
      return seed;
  }
}

// -0.0 hashes as 0.0
function positive(text: string): number {
  const number =
    { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }[text] ?? Number(text);
  return number === 0 ? 0 : number;
}

function bits(array: Float32Array | Float64Array): DataView {
  return new DataView(array.buffer);
}

// BigInteger.toByteArray: the smallest number of bytes, most significant first
function twosComplement(value: bigint): Uint8Array {
  let length = 1;
  while (value >= 1n << BigInt(8 * length - 1) || value < -(1n << BigInt(8 * length - 1))) length += 1;
  const unsigned = BigInt.asUintN(8 * length, value);
  return Uint8Array.from({ length }, (_, index) => Number((unsigned >> BigInt(8 * (length - 1 - index))) & 0xffn));
}

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
const mixIn = (h: number, k: number) => {
  const mixed = Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(h ^ mixed, 13), 5) + 0xe6546b64) | 0;
};
const finish = (h: number, length: number) => {
  let x = h ^ length;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) | 0;
};

const MURMUR: Hasher<number> = {
  int: (value, seed) => finish(mixIn(seed, value | 0), 4),
  long(value, seed) {
    const unsigned = BigInt.asUintN(64, value);
    return finish(mixIn(mixIn(seed, Number(unsigned & 0xffffffffn) | 0), Number(unsigned >> 32n) | 0), 8);
  },
  // Spark mixes each byte of the tail by itself, with its sign
  bytes(value, seed) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const aligned = value.length - (value.length % 4);
    let h = seed;
    for (let at = 0; at < aligned; at += 4) h = mixIn(h, view.getInt32(at, true));
    for (let at = aligned; at < value.length; at += 1) h = mixIn(h, view.getInt8(at));
    return finish(h, value.length);
  },
};

const [P1, P2, P3, P4, P5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;
const wrap = (x: bigint) => BigInt.asUintN(64, x);
const turn = (x: bigint, by: bigint) => wrap(x << by) | (x >> (64n - by));
const round = (acc: bigint, accumulator: bigint) => wrap(turn(wrap(acc + accumulator * P2), 31n) * P1);
const avalanche = (h: bigint) => {
  let x = wrap((h ^ (h >> 33n)) * P2);
  x = wrap((x ^ (x >> 29n)) * P3);
  return x ^ (x >> 32n);
};
const add8 = (h: bigint, accumulator: bigint) => wrap(turn(h ^ round(0n, accumulator), 27n) * P1 + P4);
const add4 = (h: bigint, accumulator: bigint) => wrap(turn(h ^ wrap(accumulator * P1), 23n) * P2 + P3);

const XX: Hasher<bigint> = {
  int: (value, seed) => avalanche(add4(wrap(seed + P5 + 4n), BigInt(value >>> 0))),
  long: (value, seed) => avalanche(add8(wrap(seed + P5 + 8n), wrap(value))),
  bytes(value, seed) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    let at = 0;
    let h = wrap(seed + P5);
    if (value.length >= 32) {
      const accumulators = [wrap(seed + P1 + P2), wrap(seed + P2), seed, wrap(seed - P1)] as [
        bigint,
        bigint,
        bigint,
        bigint,
      ];
      for (; at + 32 <= value.length; at += 32)
        for (const accumulator of [0, 1, 2, 3] as const)
          accumulators[accumulator] = round(accumulators[accumulator], view.getBigUint64(at + accumulator * 8, true));
      h = wrap(
        turn(accumulators[0], 1n) + turn(accumulators[1], 7n) + turn(accumulators[2], 12n) + turn(accumulators[3], 18n),
      );
      for (const accumulator of accumulators) h = wrap((h ^ round(0n, accumulator)) * P1 + P4);
    }
    h = wrap(h + BigInt(value.length));
    for (; at + 8 <= value.length; at += 8) h = add8(h, view.getBigUint64(at, true));
    if (at + 4 <= value.length) {
      h = add4(h, BigInt(view.getUint32(at, true)));
      at += 4;
    }
    for (; at < value.length; at += 1) h = wrap(turn(h ^ wrap(BigInt(value[at] as number) * P5), 11n) * P1);
    return avalanche(h);
  },
};

/** hash(…) of tagged values. */
export function murmur3(...values: string[]): string {
  return String(values.reduce((seed, value) => fold(MURMUR, value, seed), 42));
}

/** xxhash64(…) of tagged values. */
export function xxHash64(...values: string[]): string {
  return String(
    BigInt.asIntN(
      64,
      values.reduce((seed, value) => fold(XX, value, seed), 42n),
    ),
  );
}
