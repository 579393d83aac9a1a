import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readZip, writeZip } from '../../emulator/workspace-objects/zip.ts';

test('an archive gives back the names and bytes that it was made of, and is the same each time', () => {
  const entries = [
    { name: 'a/ü.python', bytes: Buffer.from('print(1)') },
    { name: '2.sql', bytes: Buffer.alloc(100_000, 7) },
  ];

  const archive = writeZip(entries);

  expect(readZip(archive)).toEqual(entries);
  expect(archive).toEqual(writeZip(entries));
});

test('reads an archive that another program compressed, without its folders', () => {
  const archive = zipSync({ 'a/': new Uint8Array(), 'a/b.sql': Buffer.from('SELECT 1'.repeat(500)) }, { level: 9 });

  expect(readZip(Buffer.from(archive))).toEqual([{ name: 'a/b.sql', bytes: Buffer.from('SELECT 1'.repeat(500)) }]);
});

test('refuses what is no archive, and one that unpacks to too much', () => {
  const big = { 'big.sql': Buffer.alloc(33 * 1024 * 1024) };

  expect(() => readZip(Buffer.from('no archive'))).toThrow('The content is not a DBC archive');
  expect(() => readZip(Buffer.from(zipSync(big, { level: 0 })))).toThrow('unpacks to more than 33554432 bytes');
});
