import { expect, test } from 'vitest';
import { readRateLimit } from '../../connector/rate-limit-headers.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const AT = NOW / 1000;

test.each<[string, Record<string, string>, number | undefined]>([
  ['seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 30_000],
  ['a time in seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(AT + 90) }, 90_000],
  ['a time in milliseconds', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(NOW + 5000) }, 5000],
  [
    'a time by the clock of the service',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(AT + 3600), date: 'Thu, 01 Jan 2026 00:59:00 GMT' },
    60_000,
  ],
  ['a time that is over', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(AT - 5) }, 0],
  ['without X-', { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }, 7000],
  ['the structured field', { ratelimit: '"burst";r=0;t=5, "daily";r=0;t=600, "other";r=3;t=9000' }, 600_000],
  ['an earlier draft', { ratelimit: 'limit=100, remaining=0, reset=12' }, 12_000],
  ['something left', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '30', ratelimit: '"a";r=1;t=5' }, undefined],
  ['no end', { 'x-ratelimit-remaining': '0' }, undefined],
  ['words', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon', ratelimit: ';;==,' }, undefined],
  ['a day at most', { 'ratelimit-remaining': '0', 'ratelimit-reset': '99999999' }, 86_400_000],
  ['nothing', {}, undefined],
])('reads %s', (_title, headers, wait) => {
  expect(readRateLimit(headers, NOW)).toBe(wait);
});
