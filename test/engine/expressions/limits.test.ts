import { expect, test } from 'vitest';
import { doTask } from '../../../engine/expressions/batch.ts';

async function evaluate(source: string): Promise<unknown> {
  const answer = (await doTask({ evaluate: [source], scope: { steps: {} } })) as {
    values: unknown[];
    failure?: object;
  };
  return answer.failure === undefined ? answer.values[0] : answer.failure;
}

test.each<[string, string]>([
  ['$pad("a", 10000000)', '$pad'],
  ['$pad("a", -10000000)', '$pad'],
  ['$length($pad("a", 8000000) & $pad("a", 8000000))', '$length'],
  ['$join([1..500].$pad("a", 100000))', '$join'],
  ['$join([1..500].("x"), $pad("a", 100000))', '$join'],
  ['($t := $pad("a", 100000); $string([1..500].$t))', '$string'],
  ['$split($pad("a", 2000000), "")', '$split'],
  ['$formatNumber(1, $pad("0", 2000, "0"))', '$formatNumber'],
  ['[1..1000001]', 'the range'],
  ['[-1000000..1]', 'the range'],
])('%s asks a built-in function for too much: an error that names the limit', async (source, what) => {
  expect(await evaluate(source)).toMatchObject({
    code: 'LIMIT',
    message: expect.stringContaining(`${what} is over its limit`),
  });
});

test.each<[string, unknown]>([
  ['$count([1..1000000])', 1_000_000],
  ['[3..1]', []],
  ['$length($pad("a", 8000000))', 8_000_000],
  ['$count($split($pad("a", 11, ",a"), ","))', 6],
  ['$split("a,b,c", ",", 2)', ['a', 'b']],
  ['$length($string([1..1000]))', 3894],
  ['$count([1..$count([1..3])])', 3],
])('%s is within the limits', async (source, expected) => {
  expect(await evaluate(source)).toEqual(expected);
});
