import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { showRun } from '../../cli/follow.ts';

const ITEM = { id: 'run_1.each.0', item_index: 0, status: 'succeeded' };

test.each([
  [
    { loop: { items: 2000 }, steps_next_cursor: 'abc' },
    /first 200 of 2000 items.*runs list --parent run_1\.each.*--status failed/s,
  ],
  [{ loop: { items: 1 } }, /^$/],
])('says that a loop has more items than are listed: %j', (more, noted) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const shell = { env: {}, stdin: new PassThrough(), stdout, stderr, signal: new AbortController().signal };

  showRun(shell, { id: 'run_1.each', status: 'running', steps: [ITEM], ...more });

  expect(String(stdout.read())).toContain('run_1.each.0');
  expect(String(stderr.read() ?? '')).toMatch(noted);
});
