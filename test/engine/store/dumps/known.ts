/** What the maker of a dump and the test that loads it share. Secrets of tests only. */
export const PREFIX = '{penstock}:';

export const KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

export const EMULATOR = Object.freeze({
  samples: 'none',
  transitionMs: 50,
  token: 'dapi-of-the-dump',
  clientId: '00000000-0000-4000-8000-000000000001',
  clientSecret: 'dose-of-the-dump',
} as const);

/** Rows of `main.default.events` when the dump was made. */
export const ROWS = 25;

export const TABLE = [
  'CREATE TABLE main.default.events (id BIGINT, text STRING)',
  `INSERT INTO main.default.events SELECT id + 1, concat('row ', id + 1) FROM range(${ROWS})`,
];
