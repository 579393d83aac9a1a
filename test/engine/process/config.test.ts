import { expect, test } from 'vitest';
import { readConfig } from '../../../engine/process/config.ts';

test('PENSTOCK_HOST and PENSTOCK_PORT say where the API listens, before HOST and PORT', () => {
  const both = { HOST: '1.1.1.1', PORT: '1', PENSTOCK_HOST: '127.0.0.2', PENSTOCK_PORT: '2' };

  expect(readConfig(both)).toMatchObject({ host: '127.0.0.2', port: 2, publicUrl: 'http://127.0.0.2:2' });
  expect(readConfig({ HOST: '1.1.1.1', PORT: '1' })).toMatchObject({ host: '1.1.1.1', port: 1 });
  expect(() => readConfig({ PENSTOCK_PORT: 'x' })).toThrow(/^PENSTOCK_PORT is "x"/);
});
