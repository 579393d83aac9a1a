import { crc32 } from 'node:zlib';
import { invalid } from '../errors.ts';

/** One entry of an archive. */
export interface ZipEntry {
  name: string;
  bytes: Buffer;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** Writes an archive without compression, in which directories are exported (SOURCE) and archives of notebooks (DBC). */
export function writeZip(entries: ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const nameBytes = Buffer.from(name);
    const facts = Buffer.alloc(22);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    // version 2.0, UTF-8 names, stored
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2);
    const local = Buffer.concat([uint32(LOCAL), facts, uint16(nameBytes.length), uint16(0), nameBytes, bytes]);
    centrals.push(
      Buffer.concat([
        uint32(CENTRAL),
        uint16(20),
        facts,
        uint16(nameBytes.length),
        Buffer.alloc(12),
        uint32(offset),
        nameBytes,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.concat([
    uint32(END),
    Buffer.alloc(4),
    uint16(entries.length),
    uint16(entries.length),
    uint32(central.length),
    uint32(offset),
    uint16(0),
  ]);
  return Buffer.concat([...locals, central, end]);
}

/** Reads an archive that `writeZip` wrote. @throws ApiError INVALID_PARAMETER_VALUE for anything else. */
export function readZip(bytes: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + 30 <= bytes.length && bytes.readUInt32LE(at) === LOCAL) {
    const length = bytes.readUInt32LE(at + 22);
    const nameLength = bytes.readUInt16LE(at + 26);
    const start = at + 30 + nameLength + bytes.readUInt16LE(at + 28);
    if (bytes.readUInt16LE(at + 8) !== 0)
      throw invalid('The archive is compressed; the emulator reads archives that it exported itself.');
    entries.push({
      name: bytes.subarray(at + 30, at + 30 + nameLength).toString(),
      bytes: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  if (entries.length === 0 && bytes.indexOf(Buffer.from([0x50, 0x4b, 5, 6])) !== 0)
    throw invalid('The content is not a DBC archive.');
  return entries;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
